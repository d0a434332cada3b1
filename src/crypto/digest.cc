#include "crypto/digest.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace strongroom::crypto {
namespace {

// A digest of bytes in memory fails only where the process cannot go on (no memory for a context, no default
// provider).
void require(int ok) {
  if (ok != 1) std::abort();
}

template <size_t N>
std::array<uint8_t, N> digest(ByteView bytes, HashAlgorithm hash) {
  std::array<uint8_t, N> out;
  require(EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, digest_type(hash), nullptr));
  return out;
}

}  // namespace

const EVP_MD* digest_type(HashAlgorithm hash) {
  // Never freed: what the process ends with may still digest.
  static const std::array<EVP_MD*, 4> kTypes = {
      EVP_MD_fetch(nullptr, "SHA1", nullptr), EVP_MD_fetch(nullptr, "SHA2-256", nullptr),
      EVP_MD_fetch(nullptr, "SHA2-384", nullptr), EVP_MD_fetch(nullptr, "SHA2-512", nullptr)};
  const EVP_MD* type = kTypes[static_cast<size_t>(hash)];
  require(type != nullptr ? 1 : 0);
  return type;
}

Sha1Digest sha1(ByteView bytes) {
  return digest<20>(bytes, HashAlgorithm::kSha1);
}
Sha256Digest sha256(ByteView bytes) {
  return digest<32>(bytes, HashAlgorithm::kSha256);
}
Sha384Digest sha384(ByteView bytes) {
  return digest<48>(bytes, HashAlgorithm::kSha384);
}
Sha512Digest sha512(ByteView bytes) {
  return digest<64>(bytes, HashAlgorithm::kSha512);
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() {
    require(context != nullptr ? 1 : 0);
    require(EVP_DigestInit_ex(context, digest_type(HashAlgorithm::kSha256), nullptr));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
}

Sha256Digest Sha256::finish() {
  Sha256Digest out;
  require(EVP_DigestFinal_ex(state_->context, out.data(), nullptr));
  require(EVP_DigestInit_ex(state_->context, digest_type(HashAlgorithm::kSha256), nullptr));
  return out;
}

Sha256Digest Sha256::current() const {
  State copy;
  Sha256Digest out;
  require(EVP_MD_CTX_copy_ex(copy.context, state_->context));
  require(EVP_DigestFinal_ex(copy.context, out.data(), nullptr));
  return out;
}

}  // namespace strongroom::crypto
