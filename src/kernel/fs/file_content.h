// The bytes of a regular file. Holes read as zeros. A file of the measured boot data is read where it lies in
// the image; a block of it is copied when it is first written.
#pragma once

#include <cstdint>

#include "kernel/fs/block_tree.h"
#include "kernel/fs/transfer.h"

namespace strongroom::kernel {

inline constexpr uint64_t kMaximumFileSize = INT64_MAX;

// Not thread safe. Memory that runs out is ENOSPC.
class FileContent {
 public:
  // Gives an empty file the bytes at `measured`, which stay there and do not change.
  void borrow(const uint8_t* measured, uint64_t size);

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] uint64_t memory() const { return blocks_.count() * kBlockSize; }
  // Each yields how much was moved; an error only if that is nothing.
  Result<size_t> read(Transfer& to, uint64_t offset) const;
  Result<size_t> write(Transfer& from, uint64_t offset);
  Result<void> resize(uint64_t size);
  // Gives memory to each block of the range.
  Result<void> reserve(uint64_t offset, uint64_t size);
  // Makes the range a hole.
  Result<void> punch(uint64_t offset, uint64_t size);
  // From `offset` < size() on: where data starts (ENXIO if nowhere), and where a hole does (at the latest at
  // the end).
  [[nodiscard]] Result<uint64_t> next_data(uint64_t offset) const;
  [[nodiscard]] uint64_t next_hole(uint64_t offset) const;

 private:
  [[nodiscard]] uint8_t* own_block(uint64_t index);
  Result<void> clear(uint64_t offset, uint64_t end);

  BlockTree blocks_;
  uint64_t size_ = 0;
  const uint8_t* measured_ = nullptr;
  uint64_t measured_size_ = 0;  // bytes of it that still count, where there is no block
};

}  // namespace strongroom::kernel
