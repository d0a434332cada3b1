// What all files have in common, whatever their kind: number, mode, links, times, locks. There are no virtual
// functions in the kernel (their tables would need relocation); who needs the kind asks for it.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/fs/file_content.h"
#include "kernel/fs/ref.h"
#include "kernel/lock.h"

namespace strongroom::kernel {

enum class InodeKind : uint8_t {
  kRegular,    // RegularFile
  kDirectory,  // Directory (directory.h)
  kSymlink,    // Symlink
  kNull,       // Inode, as are all devices
  kZero,
  kFull,
  kRandom,
  kConsole,       // Console
  kMemoryMap,     // /proc/self/maps
  kPipe,          // Pipe (pipe.h)
  kEventCounter,  // EventCounter (event_counter.h)
  kEpoll,         // Epoll (epoll.h)
};

struct DirectoryEntry;

struct Timestamps {  // ns since 1970
  uint64_t access;
  uint64_t modification;
  uint64_t change;
  uint64_t birth;
};

// Created by kernel::create() with one reference.
class Inode {
 public:
  Inode(InodeKind kind, uint32_t permissions);
  Inode(const Inode&) = delete;
  Inode& operator=(const Inode&) = delete;

  void acquire() { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop();

  // Stamp it. `lock` is taken.
  void changed();   // the inode
  void modified();  // its content, and so the inode
  // The same when `lock` is held. An access is only noted after a change (Linux's relatime).
  void stamp_modified() { times.modification = times.change = timestamp(); }
  void stamp_accessed() {
    if (times.access <= times.modification || times.access <= times.change) times.access = timestamp();
  }
  // Something happened that may have made it ready for input, output or both: wakes who polls it.
  void notify(bool input, bool output);

  const InodeKind kind;
  const uint64_t number;
  std::atomic<uint32_t> permissions;  // the low 12 bits of st_mode
  std::atomic<uint32_t> links{0};
  std::atomic<uint32_t> inputs{0};  // these two count notify(), for edge-triggered epoll
  std::atomic<uint32_t> outputs{0};
  DirectoryEntry* place = nullptr;  // the entry that was made last and leads here; guarded by the names' lock
  Mutex lock;                       // guards what follows, and the content of a regular file
  Timestamps times;
  uint32_t shared_locks = 0;  // of flock()
  bool exclusively_locked = false;
  WaitQueue lock_changed;

 private:
  static uint64_t timestamp();
  std::atomic<uint32_t> references_{1};
};

// What F_ADD_SEALS of fcntl(2) sets; a file that memfd_create(MFD_ALLOW_SEALING) did not make is sealed
// against more seals.
inline constexpr uint32_t kSealAgainstSeals = 1;

class RegularFile : public Inode {
 public:
  explicit RegularFile(uint32_t mode) : Inode(InodeKind::kRegular, mode) {}
  FileContent content;                 // guarded by `lock`
  uint32_t seals = kSealAgainstSeals;  // guarded by `lock`
  bool linkable = false;               // O_TMPFILE: may get its first name by linkat()
};

class Symlink : public Inode {
 public:
  Symlink() : Inode(InodeKind::kSymlink, 0777) {}
  ~Symlink();
  char* target = nullptr;  // `size` bytes from allocate(), no NUL
  size_t size = 0;
  Ref<Inode> jump;  // /proc/self/fd/N leads here, whatever its text says
};

class Console : public Inode {
 public:
  explicit Console(int which) : Inode(InodeKind::kConsole, 0600), stream(which) {}
  const int stream;  // 0, 1 or 2
};

// A symbolic link without a name yet, or a null Ref when memory runs out.
Ref<Symlink> create_symlink(const char* target, size_t size);

inline RegularFile* as_regular(Inode* inode) {
  return inode->kind == InodeKind::kRegular ? static_cast<RegularFile*>(inode) : nullptr;
}
inline Symlink* as_symlink(Inode* inode) {
  return inode->kind == InodeKind::kSymlink ? static_cast<Symlink*>(inode) : nullptr;
}

}  // namespace strongroom::kernel
