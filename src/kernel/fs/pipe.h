// A pipe: 64 KiB between whoever writes and whoever reads.
#pragma once

#include "kernel/fs/inode.h"
#include "kernel/fs/transfer.h"

namespace strongroom::kernel {

class Pipe : public Inode {
 public:
  static constexpr size_t kCapacity = 65536;
  static constexpr size_t kAtomicWrite = 4096;  // PIPE_BUF: a write of no more is not mixed with others

  Pipe() : Inode(InodeKind::kPipe, 0600) {}
  ~Pipe();

  // An open file that reads or writes begins and ends.
  void open_end(bool reads, bool writes);
  void close_end(bool reads, bool writes);
  // 0 at the end, when no writer is left. `may_wait` false: EAGAIN instead of sleeping.
  Result<size_t> read(Transfer& to, bool may_wait);
  // EPIPE and SIGPIPE when no reader is left.
  Result<size_t> write(Transfer& from, bool may_wait);
  [[nodiscard]] uint32_t ready_events(bool reads, bool writes);
  [[nodiscard]] size_t available();

 private:
  Result<size_t> read_now(Transfer& to);
  Result<size_t> write_now(Transfer& from, size_t least);
  Result<void> sleep(uint32_t ticket);
  void wake(bool input, bool output);

  // All guarded by `lock`.
  uint8_t* ring_ = nullptr;  // kCapacity bytes, from the first write on
  size_t start_ = 0;
  size_t filled_ = 0;
  uint32_t readers_ = 0;
  uint32_t writers_ = 0;
  WaitQueue changed_;
};

}  // namespace strongroom::kernel
