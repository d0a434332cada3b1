// A fresh PKI of the emulated platform.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace strongroom::sgx {

struct IssuedPki {
  std::string attestation_key_pem;
  std::vector<std::pair<std::string, Bytes>> public_files;  // name in the PKI's directory, content
};
Result<IssuedPki> issue_pki();

}  // namespace strongroom::sgx
