// Signs XML as NVIDIA signs its manifests. Test code only; failures end the process.
#pragma once

#include <string>

#include "attest/testing/pki.h"

namespace strongroom::attest::testing {

// Fills in DigestValue and SignatureValue of the <ds:Signature> in `xml`.
std::string sign_xml(const std::string& xml, const Key& key);

}  // namespace strongroom::attest::testing
