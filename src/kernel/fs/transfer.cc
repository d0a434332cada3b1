#include "kernel/fs/transfer.h"

#include <algorithm>
#include <cstring>

#include "kernel/user_memory.h"

namespace strongroom::kernel {

Transfer::Transfer(uint64_t user_address, size_t size)
    : single_{user_address, size}, segments_(&single_), remaining_(std::min(size, kMaximumTransfer)) {}

Transfer::Transfer(void* kernel_memory, size_t size)
    : single_{reinterpret_cast<uint64_t>(kernel_memory), size},
      segments_(&single_),
      remaining_(size),
      kernel_(true) {}

IoSegment Transfer::piece() {
  while (passed_ == segments_->size && remaining_ > 0) {
    ++segments_;
    passed_ = 0;
  }
  return IoSegment{segments_->address + passed_, std::min(segments_->size - passed_, remaining_)};
}

void Transfer::skip(size_t size) {
  while (size > 0) {
    const size_t step = std::min(size, piece().size);
    passed_ += step;
    remaining_ -= step;
    size -= step;
  }
}

template <typename Move>
Result<void> Transfer::each_piece(size_t size, Move move) {
  for (size_t done = 0; done < size;) {
    const IoSegment next = piece();
    const size_t step = std::min(size - done, next.size);
    KTRY(move(next.address, done, step));
    skip(step);
    done += step;
  }
  return {};
}

Result<void> Transfer::give(const void* from, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(from);
  return each_piece(size, [&](uint64_t address, size_t done, size_t step) -> Result<void> {
    if (!kernel_) return copy_to_user(address, bytes + done, step);
    memcpy(reinterpret_cast<void*>(address), bytes + done, step);
    return {};
  });
}

Result<void> Transfer::give_zeros(size_t size) {
  return each_piece(size, [&](uint64_t address, size_t, size_t step) -> Result<void> {
    if (!kernel_) return zero_user(address, step);
    memset(reinterpret_cast<void*>(address), 0, step);
    return {};
  });
}

Result<void> Transfer::take(void* to, size_t size) {
  auto* bytes = static_cast<uint8_t*>(to);
  return each_piece(size, [&](uint64_t address, size_t done, size_t step) -> Result<void> {
    if (!kernel_) return copy_from_user(bytes + done, address, step);
    memcpy(bytes + done, reinterpret_cast<const void*>(address), step);
    return {};
  });
}

}  // namespace strongroom::kernel
