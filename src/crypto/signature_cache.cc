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

}  // namespace strongroom::crypto
