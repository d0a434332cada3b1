// An open file: what a descriptor stands for, shared by its duplicates (Linux: a file description).
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/fs/inode.h"
#include "kernel/fs/ref.h"
#include "kernel/fs/transfer.h"

namespace strongroom::kernel {

class OpenFile {
 public:
  // `flags`: access mode and status as open(2) takes them. ENOMEM.
  static Result<Ref<OpenFile>> open(Ref<Inode> inode, uint32_t flags);

  // A use: a descriptor or a running call. The file closes with its last one.
  void acquire() { uses_.fetch_add(1, std::memory_order_relaxed); }
  void drop();
  // Keeps the object, though not the file open.
  void hold() { holds_.fetch_add(1, std::memory_order_relaxed); }
  void let_go();
  [[nodiscard]] bool closed() const { return uses_.load(std::memory_order_acquire) == 0; }

  [[nodiscard]] bool readable() const;
  [[nodiscard]] bool writable() const;
  [[nodiscard]] bool may_wait() const;  // not O_NONBLOCK
  [[nodiscard]] bool seekable() const;

  // At the file's position, which moves, and at `offset`. Both yield how much was moved.
  Result<size_t> read(Transfer& to);
  Result<size_t> write(Transfer& from);
  Result<size_t> read_at(Transfer& to, uint64_t offset);
  Result<size_t> write_at(Transfer& from, uint64_t offset);
  // `whence` as lseek(2) takes it.
  Result<uint64_t> seek(int64_t offset, uint32_t whence);
  // getdents64(2): directory entries from the position on.
  Result<size_t> list(uint64_t buffer, size_t size);
  // `operation` as flock(2) takes it.
  Result<void> lock(uint32_t operation);

  explicit OpenFile(Ref<Inode> what, uint32_t how) : inode(std::move(what)), flags(how) {}

  const Ref<Inode> inode;
  std::atomic<uint32_t> flags;

 private:
  Result<size_t> move_in(Transfer& to, uint64_t offset);
  Result<size_t> move_out(Transfer& from, uint64_t& offset);
  bool try_lock(uint32_t wanted);

  std::atomic<uint32_t> uses_{1};
  std::atomic<uint32_t> holds_{1};  // the uses together are one of them
  Mutex position_lock_;
  uint64_t position_ = 0;
  uint32_t held_lock_ = 0;  // LOCK_SH, LOCK_EX or 0; guarded by the inode's lock
};

// Sets the size of a regular file, as truncate(2) does.
Result<void> set_file_size(RegularFile& file, uint64_t size);

}  // namespace strongroom::kernel
