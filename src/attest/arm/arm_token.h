// Attestation tokens of Arm's platforms: PSA tokens (RFC 9783, section 4, and profile PSA_IOT_PROFILE_1
// before it: draft-tschofenig-rats-psa-token-07, section 3), signed or with a MAC, and CCA tokens, which join
// the token of a platform with that of a realm on it (draft-ffm-rats-cca-token, sections 4 and 5; Realm
// Management Monitor specification, A7.2).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "attest/cose.h"

namespace strongroom::attest::arm {

struct SoftwareComponent {
  std::string type, version;
  Bytes measurement, signer;
};

// The claims that PSA tokens and CCA platform tokens share.
struct PlatformToken {
  CoseSign1 envelope;
  bool has_mac = false;  // COSE_Mac0: who verifies it could have made it
  std::string profile;
  Bytes challenge;          // nonce; of a CCA platform the hash of the realm's key
  Bytes implementation_id;  // 32 bytes
  Bytes instance_id;        // 33 bytes, the first 01
  uint64_t lifecycle = 0;
  Bytes configuration;                        // CCA only
  std::vector<SoftwareComponent> components;  // of PSA_IOT_PROFILE_1 there may be none

  // Anything but "secured" (0x3000 to 0x30ff) can be debugged or is not set up (RFC 9783, section 4.3.1).
  [[nodiscard]] bool secured() const { return lifecycle >= 0x3000 && lifecycle <= 0x30ff; }
};

struct RealmToken {
  CoseSign1 envelope;
  Bytes challenge;        // 64 bytes, the relying party's
  Bytes personalization;  // 64 bytes
  Bytes initial_measurement;
  std::vector<Bytes> extensible_measurements;  // 4
  std::string hash_algorithm;
  Bytes public_key;  // as it is hashed: a point, or a COSE_Key
  std::string public_key_hash_algorithm;
};

struct CcaToken {
  PlatformToken platform;
  RealmToken realm;
};

bool looks_like_cca(ByteView bytes);
bool looks_like_psa(ByteView bytes);
Result<CcaToken> parse_cca(ByteView bytes);
Result<PlatformToken> parse_psa(ByteView bytes);

// The realm's key: an uncompressed point of P-256, P-384 or P-521, or a COSE_Key (RFC 9052 section 7) of one.
Result<crypto::PublicKey> realm_key(const RealmToken& realm);

}  // namespace strongroom::attest::arm
