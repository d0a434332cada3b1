// What is inside of a Collateral, for the formats that use it.
#pragma once

#include <string>
#include <vector>

#include "attest/intel/enclave_identity.h"
#include "attest/intel/tcb_info.h"
#include "attest/jwk.h"
#include "crypto/certificate.h"
#include "strongroom/attest.h"

namespace strongroom::attest {

struct Document {
  std::string name;
  Bytes content;
};

struct CollateralContents {
  std::vector<crypto::Certificate> certificates;
  std::vector<crypto::RevocationList> revocation_lists;
  std::vector<crypto::PublicKey> public_keys;
  std::vector<Jwk> json_web_keys;
  std::vector<intel::TcbInfo> tcb_infos;
  std::vector<intel::EnclaveIdentity> enclave_identities;
  std::vector<Document> documents;
};

}  // namespace strongroom::attest
