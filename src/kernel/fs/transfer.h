// Where a read puts its bytes and a write finds them: pieces of the program's memory, or one piece of the
// kernel's. A cursor moves forward as bytes pass.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

// The most that one call moves (MAX_RW_COUNT in include/linux/fs.h of Linux).
inline constexpr size_t kMaximumTransfer = 0x7ffff000;

struct IoSegment {  // struct iovec
  uint64_t address;
  uint64_t size;
};

class Transfer {
 public:
  Transfer(uint64_t user_address, size_t size);
  Transfer(void* kernel_memory, size_t size);
  // `segments` outlives the Transfer; their sizes add up to `total` or more, of which `total` is moved.
  Transfer(const IoSegment* segments, size_t total) : segments_(segments), remaining_(total) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  [[nodiscard]] size_t remaining() const { return remaining_; }
  // Each moves exactly `size` <= remaining() bytes, or fails with EFAULT somewhere in them.
  Result<void> give(const void* from, size_t size);
  Result<void> give_zeros(size_t size);
  Result<void> take(void* to, size_t size);
  void skip(size_t size);
  // The piece under the cursor, for who copies by itself; follow it by skip(). Only of the program's memory.
  [[nodiscard]] bool is_user() const { return !kernel_; }
  [[nodiscard]] IoSegment piece();

 private:
  template <typename Move>
  Result<void> each_piece(size_t size, Move move);

  IoSegment single_{};
  const IoSegment* segments_;
  size_t passed_ = 0;  // in *segments_
  size_t remaining_;
  bool kernel_ = false;
};

}  // namespace strongroom::kernel
