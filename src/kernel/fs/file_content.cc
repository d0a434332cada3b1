#include "kernel/fs/file_content.h"

#include <algorithm>
#include <cstring>

#include "kernel/memory_limits.h"

namespace strongroom::kernel {

void FileContent::borrow(const uint8_t* measured, uint64_t size) {
  measured_ = measured;
  measured_size_ = size;
  size_ = size;
}

// The block in memory of its own, with the file's bytes in it; nullptr when memory runs out.
uint8_t* FileContent::own_block(uint64_t index) {
  bool fresh;
  uint8_t* block = blocks_.obtain(index, fresh);
  const uint64_t start = index * kBlockSize;
  if (block != nullptr && fresh && start < measured_size_) {
    memcpy(block, measured_ + start, std::min<uint64_t>(kBlockSize, measured_size_ - start));
  }
  return block;
}

Result<size_t> FileContent::read(Transfer& to, uint64_t offset) const {
  size_t done = 0;
  while (to.remaining() > 0 && offset < size_) {
    const size_t within = offset % kBlockSize;
    size_t step = std::min({to.remaining(), kBlockSize - within, static_cast<size_t>(size_ - offset)});
    const uint8_t* block = blocks_.find(offset / kBlockSize);
    Result<void> moved;
    if (block != nullptr) {
      moved = to.give(block + within, step);
    } else if (offset < measured_size_) {
      step = std::min<size_t>(step, measured_size_ - offset);
      moved = to.give(measured_ + offset, step);
    } else {
      moved = to.give_zeros(step);
    }
    if (!moved.ok()) {
      if (done == 0) return moved.error();
      break;
    }
    offset += step;
    done += step;
  }
  return done;
}

Result<size_t> FileContent::write(Transfer& from, uint64_t offset) {
  if (from.remaining() == 0) return size_t{0};
  if (offset >= kMaximumFileSize) return Errno::kFileTooBig;
  const uint64_t end = offset + std::min<uint64_t>(from.remaining(), kMaximumFileSize - offset);
  const uint64_t start = offset;
  while (offset < end) {
    const size_t within = offset % kBlockSize;
    const size_t step = std::min<size_t>(kBlockSize - within, end - offset);
    uint8_t* block = own_block(offset / kBlockSize);
    const Result<void> moved =
        block == nullptr ? Result<void>(Errno::kNoSpace) : from.take(block + within, step);
    if (!moved.ok()) {
      // A block beyond the end may hold bytes of a copy that failed half way.
      if (block != nullptr && offset + step > size_) {
        const uint64_t kept = offset < size_ ? size_ - offset : 0;
        memset(block + within + kept, 0, step - kept);
      }
      if (offset == start) return moved.error();
      break;
    }
    offset += step;
    size_ = std::max(size_, offset);
  }
  return static_cast<size_t>(offset - start);
}

Result<void> FileContent::resize(uint64_t size) {
  if (size > kMaximumFileSize) return Errno::kFileTooBig;
  if (size < size_) {
    // What is cut off must read as zeros if the file grows again.
    if (size % kBlockSize != 0) {
      uint8_t* block = blocks_.find(size / kBlockSize);
      if (block != nullptr) memset(block + size % kBlockSize, 0, kBlockSize - size % kBlockSize);
    }
    blocks_.remove((size + kBlockSize - 1) / kBlockSize, BlockTree::kNone);
    measured_size_ = std::min(measured_size_, size);
  }
  size_ = size;
  return {};
}

Result<void> FileContent::reserve(uint64_t offset, uint64_t size) {
  const MemoryLimits memory = memory_limits();
  if (size > memory.limit - std::min(memory.used, memory.limit)) return Errno::kNoSpace;
  for (uint64_t index = offset / kBlockSize; index <= (offset + size - 1) / kBlockSize; ++index) {
    if (own_block(index) == nullptr) return Errno::kNoSpace;
  }
  return {};
}

Result<void> FileContent::clear(uint64_t offset, uint64_t end) {
  if (offset >= end) return {};
  const uint64_t index = offset / kBlockSize;
  if (blocks_.find(index) == nullptr && offset >= measured_size_) return {};
  uint8_t* block = own_block(index);
  if (block == nullptr) return Errno::kNoSpace;
  memset(block + offset % kBlockSize, 0, end - offset);
  return {};
}

Result<void> FileContent::punch(uint64_t offset, uint64_t size) {
  const uint64_t end = std::min(offset + size, size_);
  if (offset >= end) return {};
  const uint64_t first = (offset + kBlockSize - 1) / kBlockSize;
  const uint64_t last = end / kBlockSize;  // exclusive
  if (first > last) return clear(offset, end);
  KTRY(clear(offset, first * kBlockSize));
  KTRY(clear(last * kBlockSize, end));
  // Under the measured bytes a hole is a block of zeros.
  const uint64_t shown = std::min(last, (measured_size_ + kBlockSize - 1) / kBlockSize);
  for (uint64_t index = first; index < shown; ++index) {
    uint8_t* block = own_block(index);
    if (block == nullptr) return Errno::kNoSpace;
    memset(block, 0, kBlockSize);
  }
  if (std::max(first, shown) < last) blocks_.remove(std::max(first, shown), last - 1);
  return {};
}

Result<uint64_t> FileContent::next_data(uint64_t offset) const {
  if (offset < measured_size_) return offset;
  const uint64_t index = blocks_.next(offset / kBlockSize);
  if (index == BlockTree::kNone || index * kBlockSize >= size_) return Errno::kNoDevice;
  return std::max(offset, index * kBlockSize);
}

uint64_t FileContent::next_hole(uint64_t offset) const {
  offset = std::max(offset, std::min(measured_size_, size_));
  while (offset < size_ && blocks_.find(offset / kBlockSize) != nullptr) {
    offset = (offset / kBlockSize + 1) * kBlockSize;
  }
  return std::min(offset, size_);
}

}  // namespace strongroom::kernel
