#include "crypto/signature_cache.h"

#include <mutex>

namespace strongroom::crypto {

namespace {

constexpr size_t kLargestKept = 16384;

}  // namespace

Result<Certificate> SignatureCache::certificate(ByteView der) {
  const Sha256Digest digest = sha256(der);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = certificates_.find(digest); found != certificates_.end()) return found->second;
  }
  Certificate parsed = TRY(Certificate::from_der(der));
  // Genuine ones have 2 KiB; senders choose how large others are, and would fill the memory.
  if (der.size() > kLargestKept) return parsed;
  const std::unique_lock lock(mutex_);
  if (certificates_.size() >= capacity_) certificates_.clear();
  certificates_.insert_or_assign(digest, parsed);
  return parsed;
}

Result<PublicKey> SignatureCache::point(KeyType curve, ByteView xy) {
  std::pair name(curve, to_bytes(xy));
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = points_.find(name); found != points_.end()) return found->second;
  }
  PublicKey key = TRY(PublicKey::from_point(curve, xy));
  const std::unique_lock lock(mutex_);
  if (points_.size() >= capacity_) points_.clear();
  points_.insert_or_assign(std::move(name), key);
  return key;
}

bool SignatureCache::knows(const Sha256Digest& object, const Sha256Digest& key) const {
  const std::shared_lock lock(mutex_);
  return signatures_.contains({object, key});
}

void SignatureCache::remember(const Sha256Digest& object, const Sha256Digest& key) {
  const std::unique_lock lock(mutex_);
  if (signatures_.size() >= capacity_) signatures_.clear();
  signatures_.insert({object, key});
}

Result<Certificate> parse_certificate(ByteView der, SignatureCache* cache) {
  return cache == nullptr ? Certificate::from_der(der) : cache->certificate(der);
}

Result<PublicKey> parse_point(KeyType curve, ByteView xy, SignatureCache* cache) {
  return cache == nullptr ? PublicKey::from_point(curve, xy) : cache->point(curve, xy);
}

}  // namespace strongroom::crypto
