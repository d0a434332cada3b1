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
  std::vector<Bytes> shared_secrets;  // of JWKs of type "oct"
  std::vector<intel::TcbInfo> tcb_infos;
  std::vector<intel::EnclaveIdentity> enclave_identities;
  std::vector<Document> documents;
};

// The collateral that the caller gave (null: none) and what came with the evidence: of that only what counts
// by its own signature, never keys or documents, which count because the caller gives them.
Collateral join_carried(const Collateral* given, CollateralContents carried);

}  // namespace strongroom::attest
