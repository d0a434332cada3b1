#include "crypto/signature_cache.h"

#include <atomic>
#include <mutex>

namespace strongroom::crypto {

namespace {

constexpr size_t kLargestKept = 16384;

}  // namespace

size_t SignatureCache::part_of_this_thread() {
  static std::atomic<size_t> threads = 0;
  thread_local const size_t part = threads++ % kParts;
  return part;
}

Result<Certificate> SignatureCache::certificate(ByteView der) {
  Part& part = parts_[part_of_this_thread()];
  const Sha256Digest digest = sha256(der);
  {
    const std::shared_lock lock(part.mutex);
    if (const auto found = part.certificates.find(digest); found != part.certificates.end())
      return found->second;
  }
  Certificate parsed = TRY(Certificate::from_der(der));
  // Genuine ones have 2 KiB; senders choose how large others are, and would fill the memory.
  if (der.size() > kLargestKept) return parsed;
  const std::unique_lock lock(part.mutex);
  if (part.certificates.size() >= capacity_) part.certificates.clear();
  part.certificates.insert_or_assign(digest, parsed);
  return parsed;
}

Result<PublicKey> SignatureCache::point(KeyType curve, ByteView xy) {
  Part& part = parts_[part_of_this_thread()];
  std::pair name(curve, to_bytes(xy));
  {
    const std::shared_lock lock(part.mutex);
    if (const auto found = part.points.find(name); found != part.points.end()) return found->second;
  }
  PublicKey key = TRY(PublicKey::from_point(curve, xy));
  const std::unique_lock lock(part.mutex);
  if (part.points.size() >= capacity_) part.points.clear();
  part.points.insert_or_assign(std::move(name), key);
  return key;
}

bool SignatureCache::knows(const Sha256Digest& object, const Sha256Digest& key) const {
  const Part& part = parts_[part_of_this_thread()];
  const std::shared_lock lock(part.mutex);
  return part.signatures.contains({object, key});
}

void SignatureCache::remember(const Sha256Digest& object, const Sha256Digest& key) {
  Part& part = parts_[part_of_this_thread()];
  const std::unique_lock lock(part.mutex);
  if (part.signatures.size() >= capacity_) part.signatures.clear();
  part.signatures.insert({object, key});
}

Result<Certificate> parse_certificate(ByteView der, SignatureCache* cache) {
  return cache == nullptr ? Certificate::from_der(der) : cache->certificate(der);
}

Result<PublicKey> parse_point(KeyType curve, ByteView xy, SignatureCache* cache) {
  return cache == nullptr ? PublicKey::from_point(curve, xy) : cache->point(curve, xy);
}

}  // namespace strongroom::crypto
