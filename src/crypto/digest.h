// SHA-2 digests, and SHA-1 for what is old, by OpenSSL.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"

struct evp_md_st;

namespace strongroom::crypto {

enum class HashAlgorithm { kSha1, kSha256, kSha384, kSha512 };

using Sha1Digest = std::array<uint8_t, 20>;
using Sha256Digest = std::array<uint8_t, 32>;
using Sha384Digest = std::array<uint8_t, 48>;
using Sha512Digest = std::array<uint8_t, 64>;

// Only to replay what others have measured with it: SHA-1 resists no deliberate collision.
Sha1Digest sha1(ByteView bytes);
Sha256Digest sha256(ByteView bytes);
Sha384Digest sha384(ByteView bytes);
Sha512Digest sha512(ByteView bytes);

// OpenSSL's object for the algorithm, fetched once in the life of the process: EVP_sha256() and its kin make
// every use look it up again, behind a lock that all threads share.
const evp_md_st* digest_type(HashAlgorithm hash);

// SHA-256 in pieces. Moves, never copies; after finish() it starts anew. Not thread safe.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(ByteView bytes);
  [[nodiscard]] Sha256Digest finish();
  // What finish() would give now; more may follow.
  [[nodiscard]] Sha256Digest current() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strongroom::crypto
