// The attestation document of AWS Nitro Enclaves, taken apart. AWS, "Nitro Enclaves attestation process"
// (github.com/aws/aws-nitro-enclaves-nsm-api, docs/attestation_process.md), sections 3.1 and 3.2.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "attest/cose.h"
#include "crypto/signature_cache.h"

namespace strongroom::attest::nitro {

struct NitroDocument {
  CoseSign1 envelope;
  std::string module_id;
  uint64_t timestamp = 0;                         // milliseconds since 1970, of the hypervisor
  std::map<unsigned, Bytes> pcrs;                 // SHA-384 values by index
  std::vector<crypto::Certificate> certificates;  // the leaf, then the bundle in its order
  Bytes public_key, user_data, nonce;             // empty where absent
};

// A COSE_Sign1 whose payload begins like a document; cheap.
bool looks_like_document(ByteView bytes);

// kMalformed on anything that the specification's syntactical validation refuses.
// `cache` may be null.
Result<NitroDocument> parse_document(ByteView bytes, crypto::SignatureCache* cache = nullptr);

}  // namespace strongroom::attest::nitro
