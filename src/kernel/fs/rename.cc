// rename(2) and its flags: the order of the checks is Linux's (do_renameat2 in fs/namei.c).
#include <stdio.h>

#include "kernel/fs/file_system.h"
#include "kernel/fs/path_walk.h"

namespace strongroom::kernel {
namespace {

// Whether `inside` lies in `directory`, or is it.
bool contains(const Inode* directory, const Directory* inside) {
  while (inside != nullptr && inside != directory) inside = inside->parent.get();
  return inside != nullptr;
}

Result<void> check_slashes(const Place& from, const Place& to, bool exchange) {
  const bool from_directory = from.inode->kind == InodeKind::kDirectory;
  if (!from_directory && (from.slash || (!exchange && to.slash))) return Errno::kNotDirectory;
  const bool to_directory = to.inode && to.inode->kind == InodeKind::kDirectory;
  if (exchange && to.slash && !to_directory) return Errno::kNotDirectory;
  return {};
}

}  // namespace

Result<void> rename_file(Start from_start, std::string_view from_path, Start to_start,
                         std::string_view to_path, uint32_t flags) {
  const bool no_replace = (flags & RENAME_NOREPLACE) != 0;
  const bool exchange = (flags & RENAME_EXCHANGE) != 0;
  if ((flags & ~static_cast<uint32_t>(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 || (no_replace && exchange))
    return Errno::kInvalid;

  MutexLock guard(file_system().names);
  const Place from = KTRY(walk_path(from_start, from_path, LastLink::kKeep));
  const Place to = KTRY(walk_path(to_start, to_path, LastLink::kKeep));
  if (from.last != Place::Last::kName) return Errno::kBusy;
  if (to.last != Place::Last::kName) return no_replace ? Errno::kExists : Errno::kBusy;
  if (!from.inode) return Errno::kNoEntry;
  if (no_replace && to.inode) return Errno::kExists;
  if (exchange && !to.inode) return Errno::kNoEntry;
  KTRY(check_slashes(from, to, exchange));
  if (contains(from.inode.get(), to.directory.get())) return Errno::kInvalid;
  if (to.inode && contains(to.inode.get(), from.directory.get())) {
    return exchange ? Errno::kInvalid : Errno::kNotEmpty;
  }
  if (from.inode.get() == to.inode.get()) return {};
  if (from.entry == nullptr || (to.inode && to.entry == nullptr)) return Errno::kPerm;  // in /proc/self/fd

  if (exchange) {
    (void)to.directory->replace(to.entry, from.inode);
    (void)from.directory->replace(from.entry, to.inode);
    return {};
  }
  if (to.inode) {
    const Directory* target = as_directory(to.inode.get());
    const bool moves_directory = from.inode->kind == InodeKind::kDirectory;
    if (moves_directory && target == nullptr) return Errno::kNotDirectory;
    if (!moves_directory && target != nullptr) return Errno::kIsDirectory;
    if (target != nullptr && target->count() > 0) return Errno::kNotEmpty;
    (void)to.directory->replace(to.entry, from.inode);
  } else {
    KTRY(to.directory->add(to.name, from.inode));
  }
  from.directory->remove(from.entry);
  return {};
}

}  // namespace strongroom::kernel
