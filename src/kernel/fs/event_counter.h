// The 64-bit counter behind eventfd(2).
#pragma once

#include "kernel/fs/inode.h"
#include "kernel/fs/transfer.h"

namespace strongroom::kernel {

class EventCounter : public Inode {
 public:
  EventCounter(uint64_t initial, bool semaphore)
      : Inode(InodeKind::kEventCounter, 0600), count_(initial), semaphore_(semaphore) {}

  // Takes the whole count, or 1 of a semaphore; waits for it to be above 0.
  Result<size_t> read(Transfer& to, bool may_wait);
  // Adds to the count; waits until that does not overflow.
  Result<size_t> write(Transfer& from, bool may_wait);
  [[nodiscard]] uint32_t ready_events();

 private:
  static constexpr uint64_t kMaximum = UINT64_MAX - 1;
  bool take(uint64_t& value);
  bool add(uint64_t value);
  Result<void> sleep(uint32_t ticket, bool may_wait);

  uint64_t count_;  // guarded by `lock`
  const bool semaphore_;
  WaitQueue changed_;
};

}  // namespace strongroom::kernel
