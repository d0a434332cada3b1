// The channel between an enclave and the keeper that launched it, through a host that is not believed. Both
// ends hold the launch secret: the keeper made it, and the loader put it into the enclave's memory before the
// first instruction. So the keeper knows which enclave asks, and nobody between them reads a key or forges an
// answer.
//
// One request at a time; an answer belongs to one request. On the wire, everything little-endian:
//   request:  u64 number, from 1 on and always growing; AES-256-GCM(key 1, nonce: u32 1, u64 number) of the
//   body answer:   AES-256-GCM(key 2, nonce: u32 2, u64 number of the request) of the body key N =
//   HMAC-SHA256(launch secret, "strongroom keeper link N")
// Body of a request:  u32 KeeperRequest, then what it says. Body of an answer: base/answer.h, with what the
// request says.
#pragma once

#include <optional>

#include "arch/own_calls.h"
#include "base/bytes.h"
#include "crypto/aead.h"

namespace strongroom::arch {

enum class KeeperRequest : uint32_t {
  kReport = 1,            // TARGETINFO, REPORTDATA (64 bytes) -> REPORT
  kKey = 2,               // KEYREQUEST -> 16 bytes
  kEvidence = 3,          // u32 size and bytes of a nonce; the same of user data -> evidence_token.h, signed
  kCounterRead = 4,       // u32 KeyPolicy, 32 bytes of name -> u64
  kCounterIncrement = 5,  // the same -> u64, the value after it
};

struct KeeperLinkKeys {
  crypto::Aes256Key request{};
  crypto::Aes256Key answer{};
};
using LaunchSecret = std::array<uint8_t, kLaunchSecretSize>;
KeeperLinkKeys derive_link_keys(const LaunchSecret& secret);

// The enclave's end. Not thread safe.
class KeeperLinkAsker {
 public:
  explicit KeeperLinkAsker(const LaunchSecret& secret) : keys_(derive_link_keys(secret)) {}
  Bytes wrap(ByteView body);
  // The answer to the request that was wrapped last. kVerificationFailed for anything else.
  Result<Bytes> unwrap(ByteView answer) const;

 private:
  KeeperLinkKeys keys_;
  uint64_t number_ = 0;
};

// The keeper's end. Not thread safe.
class KeeperLinkAnswerer {
 public:
  explicit KeeperLinkAnswerer(const LaunchSecret& secret) : keys_(derive_link_keys(secret)) {}
  // kVerificationFailed for what this enclave did not send, and for what was opened before, or overtaken.
  Result<Bytes> unwrap(ByteView request);
  // The answer to the request that was unwrapped last.
  [[nodiscard]] Bytes wrap(ByteView body) const;

 private:
  KeeperLinkKeys keys_;
  uint64_t number_ = 0;
};

}  // namespace strongroom::arch
