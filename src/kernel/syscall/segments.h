// The vectors of readv(2) and its kin.
#pragma once

#include "kernel/fs/transfer.h"

namespace strongroom::kernel {

class Segments {
 public:
  Segments() = default;
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;
  ~Segments();
  // Copies `count` struct iovec from the program. EINVAL for too many or too long ones, EFAULT, ENOMEM.
  Result<void> read(uint64_t address, uint64_t count);
  [[nodiscard]] Transfer transfer() const { return Transfer(segments_, total_); }

 private:
  static constexpr size_t kFew = 8;
  static constexpr uint64_t kMany = 1024;  // UIO_MAXIOV

  IoSegment few_[kFew]{};
  IoSegment* segments_ = few_;
  size_t count_ = 0;
  size_t total_ = 0;
};

}  // namespace strongroom::kernel
