// Making, finding, moving and removing names.
#include <fcntl.h>

#include "kernel/allocate.h"
#include "kernel/fs/file_system.h"
#include "kernel/fs/path_walk.h"

namespace strongroom::kernel {
namespace {

// The place where a new name goes.
Result<Place> walk_to_new(Start start, std::string_view path, bool directory) {
  Place place = KTRY(walk_path(start, path, LastLink::kKeep));
  if (place.inode) return Errno::kExists;
  if (place.slash && !directory) return Errno::kNoEntry;
  return place;
}

}  // namespace

Result<Ref<Inode>> find_file(Start start, std::string_view path, bool follow_last_link) {
  MutexLock guard(file_system().names);
  const Place place =
      KTRY(walk_path(start, path, follow_last_link ? LastLink::kFollow : LastLink::kFollowIfSlash));
  if (!place.inode) return Errno::kNoEntry;
  if (place.slash && as_directory(place.inode.get()) == nullptr) return Errno::kNotDirectory;
  return place.inode;
}

Result<Ref<Inode>> find_or_create_file(Start start, std::string_view path, uint32_t flags, uint32_t mode) {
  const bool creates = (flags & O_CREAT) != 0;
  const bool exclusive = creates && (flags & O_EXCL) != 0;
  const bool follow = (flags & O_NOFOLLOW) == 0 && !exclusive;
  MutexLock guard(file_system().names);
  const Place place = KTRY(walk_path(start, path, follow ? LastLink::kFollow : LastLink::kFollowIfSlash));
  if (creates && place.slash) return Errno::kIsDirectory;
  if (!place.inode) {
    if (!creates) return Errno::kNoEntry;
    Ref<Inode> file = Ref<RegularFile>::adopt(create<RegularFile>(mode));
    if (!file) return Errno::kNoSpace;
    KTRY(place.directory->add(place.name, file));
    return file;
  }
  if (exclusive) return Errno::kExists;
  const bool is_directory = place.inode->kind == InodeKind::kDirectory;
  if (!is_directory && (place.slash || (flags & O_DIRECTORY) != 0)) return Errno::kNotDirectory;
  if (place.inode->kind == InodeKind::kSymlink && (flags & O_PATH) == 0) return Errno::kLoop;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  if (is_directory && (flags & O_PATH) == 0 && (creates || writes)) return Errno::kIsDirectory;
  return place.inode;
}

Result<void> make_directory(Start start, std::string_view path, uint32_t mode) {
  MutexLock guard(file_system().names);
  const Place place = KTRY(walk_to_new(start, path, true));
  Ref<Inode> directory = Ref<Directory>::adopt(create<Directory>(mode));
  if (!directory) return Errno::kNoSpace;
  return place.directory->add(place.name, directory);
}

Result<void> add_name(Start start, std::string_view path, const Ref<Inode>& inode) {
  MutexLock guard(file_system().names);
  const Place place = KTRY(walk_to_new(start, path, false));
  return place.directory->add(place.name, inode);
}

Result<void> make_link(Start start, std::string_view path, const Ref<Inode>& inode) {
  MutexLock guard(file_system().names);
  const Place place = KTRY(walk_to_new(start, path, false));
  if (inode->kind == InodeKind::kDirectory) return Errno::kPerm;
  const RegularFile* file = as_regular(inode.get());
  if (inode->links == 0 && (file == nullptr || !file->linkable)) return Errno::kNoEntry;
  return place.directory->add(place.name, inode);
}

Result<void> remove_name(Start start, std::string_view path, bool directory) {
  MutexLock guard(file_system().names);
  const Place place = KTRY(walk_path(start, path, LastLink::kKeep));
  if (place.last != Place::Last::kName) {
    if (!directory) return Errno::kIsDirectory;
    if (place.last == Place::Last::kDot) return Errno::kInvalid;
    return place.last == Place::Last::kDotDot ? Errno::kNotEmpty : Errno::kBusy;
  }
  if (!place.inode) return Errno::kNoEntry;
  const Directory* target = as_directory(place.inode.get());
  if (directory && target == nullptr) return Errno::kNotDirectory;
  if (!directory && target != nullptr) return Errno::kIsDirectory;
  if (!directory && place.slash) return Errno::kNotDirectory;
  if (target != nullptr && target->count() > 0) return Errno::kNotEmpty;
  if (place.entry == nullptr) return Errno::kPerm;  // a link in /proc/self/fd
  place.directory->remove(place.entry);
  return {};
}

Result<void> set_working_directory(const Ref<Inode>& inode) {
  Directory* directory = as_directory(inode.get());
  if (directory == nullptr) return Errno::kNotDirectory;
  MutexLock guard(file_system().names);
  file_system().working_directory = Ref<Directory>(directory);
  return {};
}

Result<size_t> path_of(Inode& inode, char* text, size_t capacity) {
  MutexLock guard(file_system().names);
  return write_path(inode, text, capacity);
}

}  // namespace strongroom::kernel
