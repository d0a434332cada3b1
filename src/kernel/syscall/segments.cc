#include "kernel/syscall/segments.h"

#include <algorithm>

#include "kernel/allocate.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

Segments::~Segments() {
  if (segments_ != few_) release(segments_, count_ * sizeof(IoSegment));
}

Result<void> Segments::read(uint64_t address, uint64_t count) {
  if (count > kMany) return Errno::kInvalid;
  if (count > kFew) {
    auto* many = static_cast<IoSegment*>(allocate(count * sizeof(IoSegment)));
    if (many == nullptr) return Errno::kNoMemory;
    segments_ = many;
  }
  count_ = count;
  if (count == 0) return {};
  KTRY(copy_from_user(segments_, address, count * sizeof(IoSegment)));
  for (size_t index = 0; index < count; ++index) {
    if (segments_[index].size > INT64_MAX) return Errno::kInvalid;
    total_ += std::min<uint64_t>(segments_[index].size, kMaximumTransfer - total_);
  }
  return {};
}

}  // namespace strongroom::kernel
