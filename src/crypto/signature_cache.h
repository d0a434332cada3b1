// Remembers what verifying evidence finds out again and again: parsed certificates and keys, and which key
// has signed what.
#pragma once

#include <map>
#include <set>
#include <shared_mutex>
#include <utility>

#include "crypto/certificate.h"

namespace strongroom::crypto {

// Holds facts alone, which are true whatever the time and whoever is trusted: "these bytes are this
// certificate", "this key has signed the object with this digest". Only successes are remembered. Safe to use
// from several threads at once. Emptied when it is full.
class SignatureCache {
 public:
  explicit SignatureCache(size_t capacity = 4096) : capacity_(capacity) {}

  // As Certificate::from_der().
  Result<Certificate> certificate(ByteView der);
  // As PublicKey::from_point().
  Result<PublicKey> point(KeyType curve, ByteView xy);

  [[nodiscard]] bool knows(const Sha256Digest& object, const Sha256Digest& key) const;
  void remember(const Sha256Digest& object, const Sha256Digest& key);

 private:
  size_t capacity_;
  mutable std::shared_mutex mutex_;
  std::map<Sha256Digest, Certificate> certificates_;
  std::map<std::pair<KeyType, Bytes>, PublicKey> points_;
  std::set<std::pair<Sha256Digest, Sha256Digest>> signatures_;
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
