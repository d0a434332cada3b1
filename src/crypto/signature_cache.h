// Remembers what verifying evidence finds out again and again: parsed certificates and keys, and which key
// has signed what.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <shared_mutex>
#include <utility>

#include "crypto/certificate.h"

namespace strongroom::crypto {

// Holds facts alone, which are true whatever the time and whoever is trusted: "these bytes are this
// certificate", "this key has signed the object with this digest". Only successes are remembered. Safe to use
// from several threads at once: each of the first few has a part of its own, so that none waits for memory
// that another has just touched; what one of them has found out, another finds out again. A part is emptied
// when it is full.
class SignatureCache {
 public:
  // `capacity` of each kind of fact, in all parts together.
  explicit SignatureCache(size_t capacity = 4096) : capacity_(std::max<size_t>(capacity / kParts, 1)) {}

  // As Certificate::from_der().
  Result<Certificate> certificate(ByteView der);
  // As PublicKey::from_point().
  Result<PublicKey> point(KeyType curve, ByteView xy);

  [[nodiscard]] bool knows(const Sha256Digest& object, const Sha256Digest& key) const;
  void remember(const Sha256Digest& object, const Sha256Digest& key);

 private:
  static constexpr size_t kParts = 4;
  struct alignas(64) Part {
    mutable std::shared_mutex mutex;
    std::map<Sha256Digest, Certificate> certificates;
    std::map<std::pair<KeyType, Bytes>, PublicKey> points;
    std::set<std::pair<Sha256Digest, Sha256Digest>> signatures;
  };
  static size_t part_of_this_thread();

  size_t capacity_;  // of a part
  std::array<Part, kParts> parts_;
};

// `cache` may be null.
Result<Certificate> parse_certificate(ByteView der, SignatureCache* cache);
Result<PublicKey> parse_point(KeyType curve, ByteView xy, SignatureCache* cache);

// Does `check` unless the cache knows that it holds, and remembers it if it holds.
template <typename Check>
bool holds(SignatureCache* cache, const Sha256Digest& object, const Sha256Digest& key, Check&& check) {
  if (cache != nullptr && cache->knows(object, key)) return true;
  if (!check()) return false;
  if (cache != nullptr) cache->remember(object, key);
  return true;
}

}  // namespace strongroom::crypto
