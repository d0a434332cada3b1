#include "arch/keeper_link.h"

#include "crypto/mac.h"

namespace strongroom::arch {
namespace {

enum Direction : uint32_t { kRequest = 1, kAnswer = 2 };

}  // namespace

KeeperLinkKeys derive_link_keys(const LaunchSecret& secret) {
  return {crypto::hmac_sha256(secret, as_bytes("strongroom keeper link 1")),
          crypto::hmac_sha256(secret, as_bytes("strongroom keeper link 2"))};
}

Bytes KeeperLinkAsker::wrap(ByteView body) {
  ++number_;
  return ByteWriter()
      .little(number_)
      .bytes(crypto::aes256_gcm_seal(keys_.request, crypto::gcm_nonce(kRequest, number_), body))
      .take();
}

Result<Bytes> KeeperLinkAsker::unwrap(ByteView answer) const {
  return TRY_IN("the keeper's answer",
                crypto::aes256_gcm_open(keys_.answer, crypto::gcm_nonce(kAnswer, number_), answer));
}

Result<Bytes> KeeperLinkAnswerer::unwrap(ByteView request) {
  ByteReader reader(request);
  const auto number = TRY(reader.little<uint64_t>("request number"));
  if (number <= number_) return fail(ErrorCode::kVerificationFailed, "a request that was made before");
  Bytes body =
      TRY_IN("a request to the keeper",
             crypto::aes256_gcm_open(keys_.request, crypto::gcm_nonce(kRequest, number), reader.rest()));
  number_ = number;
  return body;
}

Bytes KeeperLinkAnswerer::wrap(ByteView body) const {
  return crypto::aes256_gcm_seal(keys_.answer, crypto::gcm_nonce(kAnswer, number_), body);
}

}  // namespace strongroom::arch
