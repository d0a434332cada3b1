#include "kernel/fs/file_attributes.h"

#include <sys/stat.h>

#include "kernel/fs/directory.h"
#include "kernel/fs/file_system.h"

namespace strongroom::kernel {
namespace {

constexpr uint64_t kEntrySize = 20;  // what tmpfs counts for a name (BOGO_DIRENT_SIZE)

// Minor numbers of major 1 (Documentation/admin-guide/devices.txt of Linux).
uint32_t memory_device_minor(InodeKind kind) {
  switch (kind) {
    case InodeKind::kNull:
      return 3;
    case InodeKind::kZero:
      return 5;
    case InodeKind::kFull:
      return 7;
    case InodeKind::kRandom:
      return 9;
    default:
      return 0;
  }
}

}  // namespace

uint32_t file_type(const Inode& inode) {
  switch (inode.kind) {
    case InodeKind::kRegular:
    case InodeKind::kMemoryMap:
      return S_IFREG;
    case InodeKind::kDirectory:
      return S_IFDIR;
    case InodeKind::kSymlink:
      return S_IFLNK;
    case InodeKind::kPipe:
    case InodeKind::kConsole:
      return S_IFIFO;
    case InodeKind::kEventCounter:
    case InodeKind::kEpoll:
      return 0;  // as Linux's anonymous inodes
    case InodeKind::kNull:
    case InodeKind::kZero:
    case InodeKind::kFull:
    case InodeKind::kRandom:
      return S_IFCHR;
  }
  return 0;
}

FileAttributes attributes_of(Inode& inode) {
  FileAttributes attributes{};
  if (const Directory* directory = as_directory(&inode)) {
    MutexLock names(file_system().names);
    attributes.size = kEntrySize * (directory->count() + 2);
  }
  if (const Symlink* link = as_symlink(&inode)) attributes.size = link->size;
  attributes.number = inode.number;
  attributes.mode = file_type(inode) | inode.permissions;
  attributes.links = inode.links;
  attributes.device_minor = memory_device_minor(inode.kind);
  attributes.device_major = attributes.device_minor != 0 ? 1 : 0;
  MutexLock guard(inode.lock);
  if (const RegularFile* file = as_regular(&inode)) {
    attributes.size = file->content.size();
    attributes.memory = file->content.memory();
  }
  attributes.times = inode.times;
  return attributes;
}

}  // namespace strongroom::kernel
