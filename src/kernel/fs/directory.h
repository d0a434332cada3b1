// Directories: names that lead to inodes. All of it is guarded by the lock of the names (file_system.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/fs/inode.h"

namespace strongroom::kernel {

inline constexpr size_t kMaximumNameSize = 255;  // NAME_MAX

class Directory;

struct DirectoryEntry {
  DirectoryEntry* next_in_bucket;
  DirectoryEntry* older;
  DirectoryEntry* newer;
  Directory* owner;
  Ref<Inode> inode;
  uint64_t cookie;  // its place in the listing: ascending, never reused
  uint32_t hash;
  uint32_t name_size;  // the name stands behind the entry

  [[nodiscard]] std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), name_size}; }
};

class Directory : public Inode {
 public:
  explicit Directory(uint32_t mode) : Inode(InodeKind::kDirectory, mode) {}
  ~Directory();

  [[nodiscard]] DirectoryEntry* find(std::string_view name) const;
  // Adds a name that is not there yet. ENOSPC when memory runs out, ENOENT in a removed directory. Counts the
  // link and sets up a directory's parent and place.
  Result<void> add(std::string_view name, Ref<Inode> inode);
  void remove(DirectoryEntry* entry);
  // Lets the entry lead to another inode and yields the one that it led to, links and places adjusted.
  Ref<Inode> replace(DirectoryEntry* entry, Ref<Inode> inode);

  [[nodiscard]] size_t count() const { return count_; }
  [[nodiscard]] bool removed() const { return links == 0; }
  // The entry with the lowest cookie of at least `cookie`.
  [[nodiscard]] const DirectoryEntry* entry_from(uint64_t cookie) const;

  Ref<Directory> parent;           // null in the root
  bool lists_descriptors = false;  // /proc/self/fd: entries are made up when asked for

 private:
  void attach(DirectoryEntry* entry, Ref<Inode> inode);
  Ref<Inode> detach(DirectoryEntry* entry);
  bool grow();

  DirectoryEntry** buckets_ = nullptr;
  size_t bucket_count_ = 0;
  size_t count_ = 0;
  DirectoryEntry* oldest_ = nullptr;
  DirectoryEntry* newest_ = nullptr;
  uint64_t next_cookie_ = 2;  // 0 and 1 are . and ..
};

inline Directory* as_directory(Inode* inode) {
  return inode->kind == InodeKind::kDirectory ? static_cast<Directory*>(inode) : nullptr;
}

}  // namespace strongroom::kernel
