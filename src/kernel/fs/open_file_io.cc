// How the bytes of each kind of file move.
#include <fcntl.h>
#include <signal.h>

#include <algorithm>

#include "kernel/allocate.h"
#include "kernel/console.h"
#include "kernel/fs/event_counter.h"
#include "kernel/fs/open_file.h"
#include "kernel/fs/pipe.h"
#include "kernel/memory_map.h"
#include "kernel/random.h"
#include "kernel/signal.h"

namespace strongroom::kernel {
namespace {

// F_SEAL_* (<linux/fcntl.h>)
constexpr uint32_t kSealGrow = 4;
constexpr uint32_t kSealsAgainstWrites = 8 | 16;

Result<size_t> read_random(Transfer& to) {
  size_t done = 0;
  while (to.remaining() > 0) {
    uint8_t bytes[256];
    const size_t step = std::min(to.remaining(), sizeof(bytes));
    fill_random(bytes, step);
    KTRY(to.give(bytes, step));
    done += step;
  }
  return done;
}

Result<size_t> read_console(Console& console, Transfer& to, bool may_wait) {
  if (to.remaining() == 0) return size_t{0};
  if (!to.is_user()) return Errno::kInvalid;
  const uint32_t bit = 1u << console.stream;
  if (!may_wait && KTRY(console_poll(bit, 0)) == 0) return Errno::kAgain;
  const IoSegment piece = to.piece();
  const size_t done = KTRY(console_read(piece.address, piece.size));
  to.skip(std::min(done, piece.size));
  console.notify(true, false);
  return done;
}

Result<size_t> write_console(Console& console, Transfer& from, bool may_wait) {
  if (from.remaining() > 0 && !from.is_user()) return Errno::kInvalid;
  size_t done = 0;
  while (from.remaining() > 0) {
    if (!may_wait && done == 0 && KTRY(console_poll(1u << console.stream, 0)) == 0) return Errno::kAgain;
    const IoSegment piece = from.piece();
    Result<size_t> taken = console_write(console.stream, piece.address, piece.size);
    if (!taken.ok()) {
      if (taken.error() == Errno::kBrokenPipe) raise_signal(SIGPIPE);
      if (done == 0) return taken.error();
      break;
    }
    from.skip(std::min(taken.value(), piece.size));
    done += std::min(taken.value(), piece.size);
    if (!may_wait) break;
  }
  console.notify(false, true);
  return done;
}

// The text is made anew by each read, as Linux does it.
Result<size_t> read_memory_map(Transfer& to, uint64_t offset) {
  for (size_t capacity = 16384;;) {
    auto* text = static_cast<char*>(allocate(capacity));
    if (text == nullptr) return Errno::kNoMemory;
    const size_t size = describe_memory_map(text, capacity);
    Result<size_t> done = size_t{0};
    if (size <= capacity && offset < size) {
      const size_t step = std::min<size_t>(to.remaining(), size - offset);
      const Result<void> given = to.give(text + offset, step);
      done = given.ok() ? Result<size_t>(step) : Result<size_t>(given.error());
    }
    release(text, capacity);
    if (size <= capacity) return done;
    capacity = size + 4096;
  }
}

Result<size_t> read_regular(RegularFile& file, Transfer& to, uint64_t offset) {
  const size_t wanted = to.remaining();
  MutexLock guard(file.lock);
  Result<size_t> done = file.content.read(to, offset);
  if (wanted > 0) file.stamp_accessed();
  return done;
}

Result<size_t> write_regular(RegularFile& file, Transfer& from, uint64_t& offset, bool append) {
  MutexLock guard(file.lock);
  if ((file.seals & kSealsAgainstWrites) != 0) return Errno::kPerm;
  if (append) offset = file.content.size();
  if (offset + from.remaining() > file.content.size() && (file.seals & kSealGrow) != 0) return Errno::kPerm;
  Result<size_t> done = file.content.write(from, offset);
  if (done.ok() && done.value() > 0) file.stamp_modified();
  return done;
}

}  // namespace

bool OpenFile::seekable() const {
  switch (inode->kind) {
    case InodeKind::kPipe:
    case InodeKind::kEventCounter:
    case InodeKind::kEpoll:
    case InodeKind::kConsole:
      return false;
    default:
      return true;
  }
}

Result<size_t> OpenFile::move_in(Transfer& to, uint64_t offset) {
  if (!readable()) return Errno::kBadFile;
  Inode* what = inode.get();
  switch (what->kind) {
    case InodeKind::kRegular:
      return read_regular(*static_cast<RegularFile*>(what), to, offset);
    case InodeKind::kDirectory:
      return Errno::kIsDirectory;
    case InodeKind::kNull:
      return size_t{0};
    case InodeKind::kZero:
    case InodeKind::kFull: {
      const size_t size = to.remaining();
      KTRY(to.give_zeros(size));
      return size;
    }
    case InodeKind::kRandom:
      return read_random(to);
    case InodeKind::kConsole:
      return read_console(*static_cast<Console*>(what), to, may_wait());
    case InodeKind::kMemoryMap:
      return read_memory_map(to, offset);
    case InodeKind::kPipe:
      return static_cast<Pipe*>(what)->read(to, may_wait());
    case InodeKind::kEventCounter:
      return static_cast<EventCounter*>(what)->read(to, may_wait());
    case InodeKind::kSymlink:
    case InodeKind::kEpoll:
      return Errno::kInvalid;
  }
  return Errno::kInvalid;
}

Result<size_t> OpenFile::move_out(Transfer& from, uint64_t& offset) {
  if (!writable()) return Errno::kBadFile;
  Inode* what = inode.get();
  switch (what->kind) {
    case InodeKind::kRegular:
      return write_regular(*static_cast<RegularFile*>(what), from, offset, (flags & O_APPEND) != 0);
    case InodeKind::kNull:
    case InodeKind::kZero:
      return from.remaining();
    case InodeKind::kRandom:
      return from.remaining();  // the program cannot add to the processor's entropy
    case InodeKind::kFull:
      return Errno::kNoSpace;
    case InodeKind::kConsole:
      return write_console(*static_cast<Console*>(what), from, may_wait());
    case InodeKind::kPipe:
      return static_cast<Pipe*>(what)->write(from, may_wait());
    case InodeKind::kEventCounter:
      return static_cast<EventCounter*>(what)->write(from, may_wait());
    case InodeKind::kMemoryMap:
    case InodeKind::kDirectory:
    case InodeKind::kSymlink:
    case InodeKind::kEpoll:
      return Errno::kInvalid;
  }
  return Errno::kInvalid;
}

Result<size_t> OpenFile::read(Transfer& to) {
  if (!seekable()) return move_in(to, 0);
  MutexLock guard(position_lock_);
  const size_t done = KTRY(move_in(to, position_));
  position_ += done;
  return done;
}

Result<size_t> OpenFile::write(Transfer& from) {
  uint64_t offset = 0;
  if (!seekable()) return move_out(from, offset);
  MutexLock guard(position_lock_);
  offset = position_;
  const size_t done = KTRY(move_out(from, offset));
  position_ = offset + done;
  return done;
}

Result<size_t> OpenFile::read_at(Transfer& to, uint64_t offset) {
  if (!seekable()) return Errno::kIllegalSeek;
  return move_in(to, offset);
}

Result<size_t> OpenFile::write_at(Transfer& from, uint64_t offset) {
  if (!seekable()) return Errno::kIllegalSeek;
  return move_out(from, offset);
}

}  // namespace strongroom::kernel
