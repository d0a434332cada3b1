// An AWS of one's own for tests: root, authorities, enclave certificate, and documents. Test code only.
#pragma once

#include <functional>
#include <map>

#include "attest/testing/pki.h"
#include "strongroom/attest.h"

namespace strongroom::attest::testing {

// CBOR (RFC 8949) written by hand: what a test wants to break, it must be able to write.
Bytes cbor_head(uint8_t major, uint64_t argument);
Bytes cbor_bytes_item(ByteView content);
Bytes cbor_text_item(std::string_view text);

struct NitroSpec {
  Time now;
  std::map<unsigned, Bytes> pcrs;
  std::string module_id = "i-1234-enc5678", digest = "SHA384";
  uint64_t timestamp = 1772323200000;
  std::optional<Bytes> public_key, user_data, document_nonce = Bytes(20, 0x77);
  int64_t algorithm = -35;
  bool indefinite = false;  // the payload's map, as genuine documents have it
  bool tag = false, sign_with_other_key = false, leaf_signed_by_other = false, trust_root = true;
  CertificateSpec root, authority, leaf;
  Key::Kind leaf_kind = Key::Kind::kP384;
  std::vector<std::string> bundle = {"root", "authority"};
  bool give_lists = false;
  std::vector<uint64_t> root_revokes, authority_revokes;
  Bytes unprotected = {0xa0}, external;
  std::function<void(std::vector<std::pair<std::string, Bytes>>&)> change_members;  // key, encoded value
  std::function<void(Bytes&)> change_payload, change_document;
  std::optional<Bytes> nonce;
};

struct NitroCase {
  Bytes evidence;
  Collateral collateral;
  VerificationOptions options;
};

NitroSpec good_nitro();
std::unique_ptr<NitroCase> build(const NitroSpec& spec);

}  // namespace strongroom::attest::testing
