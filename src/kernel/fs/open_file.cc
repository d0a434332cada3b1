#include "kernel/fs/open_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include "kernel/allocate.h"
#include "kernel/fs/pipe.h"
#include "kernel/signal.h"

namespace strongroom::kernel {
namespace {

// F_SEAL_* (<linux/fcntl.h>)
constexpr uint32_t kSealShrink = 2;
constexpr uint32_t kSealGrow = 4;

}  // namespace

Result<Ref<OpenFile>> OpenFile::open(Ref<Inode> inode, uint32_t flags) {
  auto file = Ref<OpenFile>::adopt(create<OpenFile>(std::move(inode), flags));
  if (!file) return Errno::kNoMemory;
  if (file->inode->kind == InodeKind::kPipe) {
    static_cast<Pipe*>(file->inode.get())->open_end(file->readable(), file->writable());
  }
  return file;
}

void OpenFile::drop() {
  if (uses_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (inode->kind == InodeKind::kPipe) static_cast<Pipe*>(inode.get())->close_end(readable(), writable());
  if (held_lock_ != 0) (void)try_lock(LOCK_UN);
  let_go();
}

void OpenFile::let_go() {
  if (holds_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
}

bool OpenFile::readable() const {
  const uint32_t now = flags.load(std::memory_order_relaxed);
  return ((now & O_ACCMODE) == O_RDONLY || (now & O_ACCMODE) == O_RDWR) && (now & O_PATH) == 0;
}

bool OpenFile::writable() const {
  const uint32_t now = flags.load(std::memory_order_relaxed);
  return ((now & O_ACCMODE) == O_WRONLY || (now & O_ACCMODE) == O_RDWR) && (now & O_PATH) == 0;
}

bool OpenFile::may_wait() const {
  return (flags.load(std::memory_order_relaxed) & O_NONBLOCK) == 0;
}

Result<uint64_t> OpenFile::seek(int64_t offset, uint32_t whence) {
  if (!seekable()) return Errno::kIllegalSeek;
  MutexLock guard(position_lock_);
  uint64_t base = 0;
  if (RegularFile* file = as_regular(inode.get())) {
    MutexLock content_guard(file->lock);
    const uint64_t size = file->content.size();
    if (whence == SEEK_END) base = size;
    if (whence == SEEK_DATA || whence == SEEK_HOLE) {
      if (offset < 0 || static_cast<uint64_t>(offset) >= size) return Errno::kNoDevice;
      const auto from = static_cast<uint64_t>(offset);
      position_ = whence == SEEK_DATA ? KTRY(file->content.next_data(from)) : file->content.next_hole(from);
      return position_;
    }
  } else if (inode->kind != InodeKind::kDirectory && inode->kind != InodeKind::kMemoryMap) {
    return uint64_t{0};  // /dev/null and its like have no position
  } else if (whence == SEEK_END) {
    return Errno::kInvalid;
  }
  if (whence > SEEK_END) return Errno::kInvalid;
  if (whence == SEEK_CUR) base = position_;
  int64_t result;
  if (__builtin_add_overflow(static_cast<int64_t>(base), offset, &result)) return Errno::kOverflow;
  if (result < 0) return Errno::kInvalid;
  return position_ = static_cast<uint64_t>(result);
}

bool OpenFile::try_lock(uint32_t wanted) {
  MutexLock guard(inode->lock);
  if (held_lock_ == LOCK_SH) --inode->shared_locks;
  if (held_lock_ == LOCK_EX) inode->exclusively_locked = false;
  if (held_lock_ != 0) inode->lock_changed.wake_all();
  held_lock_ = 0;
  if (wanted == LOCK_UN) return true;
  if (inode->exclusively_locked || (wanted == LOCK_EX && inode->shared_locks > 0)) return false;
  if (wanted == LOCK_SH) ++inode->shared_locks;
  if (wanted == LOCK_EX) inode->exclusively_locked = true;
  held_lock_ = wanted;
  return true;
}

Result<void> OpenFile::lock(uint32_t operation) {
  const uint32_t wanted = operation & ~static_cast<uint32_t>(LOCK_NB);
  if (wanted != LOCK_SH && wanted != LOCK_EX && wanted != LOCK_UN) return Errno::kInvalid;
  for (;;) {
    const uint32_t ticket = inode->lock_changed.ticket();
    if (try_lock(wanted)) return {};
    if ((operation & LOCK_NB) != 0) return Errno::kAgain;
    if (!signal_pending()) inode->lock_changed.wait(ticket);
    if (signal_pending()) return interrupted_call();
  }
}

Result<void> set_file_size(RegularFile& file, uint64_t size) {
  MutexLock guard(file.lock);
  const uint64_t before = file.content.size();
  if ((size < before && (file.seals & kSealShrink) != 0) ||
      (size > before && (file.seals & kSealGrow) != 0)) {
    return Errno::kPerm;
  }
  KTRY(file.content.resize(size));
  file.stamp_modified();
  return {};
}

}  // namespace strongroom::kernel
