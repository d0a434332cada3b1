#include "calls/heap.h"

#include <algorithm>
#include <bit>

namespace strongroom::calls {
namespace {
constexpr size_t kUnit = Heap::kSmallPiece;
}  // namespace

Heap::Heap(std::span<uint8_t> memory) : memory_(memory) {
  free_[0] = {kSmallPieces, static_cast<uint32_t>(memory.size() / kUnit - kSmallPieces)};
  free_count_ = 1;
}

std::span<uint8_t> Heap::take(size_t size) {
  if (size > kSmallPiece) return take_large(size);
  uint64_t free = free_small_.load(std::memory_order_relaxed);
  while (free != 0) {
    // The lowest first: it is the one that was used last, and still in the cache.
    if (free_small_.compare_exchange_weak(free, free & (free - 1), std::memory_order_acquire))
      return memory_.subspan(static_cast<size_t>(std::countr_zero(free)) * kUnit, kUnit);
  }
  return take_large(size);
}

std::span<uint8_t> Heap::take_large(size_t size) {
  if (size > memory_.size()) return {};
  const auto count = static_cast<uint32_t>(std::max<size_t>(1, (size + kUnit - 1) / kUnit));
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < free_count_; ++i) {
    Stretch& stretch = free_[i];
    if (stretch.count < count) continue;
    const uint32_t begin = stretch.begin;
    stretch.begin += count;
    stretch.count -= count;
    if (stretch.count == 0) {
      std::copy(free_.begin() + static_cast<ptrdiff_t>(i) + 1,
                free_.begin() + static_cast<ptrdiff_t>(free_count_),
                free_.begin() + static_cast<ptrdiff_t>(i));
      --free_count_;
    }
    return memory_.subspan(begin * kUnit, count * kUnit);
  }
  return {};
}

void Heap::give(std::span<uint8_t> piece) {
  const auto unit = static_cast<uint32_t>(static_cast<size_t>(piece.data() - memory_.data()) / kUnit);
  if (unit < kSmallPieces) {
    free_small_.fetch_or(uint64_t{1} << unit, std::memory_order_release);
    return;
  }
  give_large(unit, static_cast<uint32_t>((piece.size() + kUnit - 1) / kUnit));
}

void Heap::give_large(uint32_t begin, uint32_t count) {
  const std::lock_guard lock(mutex_);
  const auto end = free_.begin() + static_cast<ptrdiff_t>(free_count_);
  const auto next = std::find_if(free_.begin(), end, [&](const Stretch& s) { return s.begin > begin; });
  const bool joins_next = next != end && begin + count == next->begin;
  const bool joins_last = next != free_.begin() && (next - 1)->begin + (next - 1)->count == begin;
  if (joins_last && joins_next) {
    (next - 1)->count += count + next->count;
    std::copy(next + 1, end, next);
    --free_count_;
  } else if (joins_last) {
    (next - 1)->count += count;
  } else if (joins_next) {
    *next = {begin, next->count + count};
  } else if (free_count_ < kMostStretches) {
    std::copy_backward(next, end, end + 1);
    *next = {begin, count};
    ++free_count_;
  }  // else the stretch is lost: with so many calls under way at once there is no harm in a smaller heap
}

}  // namespace strongroom::calls
