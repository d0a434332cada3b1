#include "kernel/fs/path_walk.h"

#include <cstring>

#include "kernel/fs/proc_descriptors.h"

namespace strongroom::kernel {
namespace {

constexpr int kMaximumLinks = 40;  // MAXSYMLINKS

bool strip_slashes(std::string_view& path) {
  const size_t before = path.size();
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  return path.size() != before;
}

std::string_view take_component(std::string_view& path) {
  size_t size = 0;
  while (size < path.size() && path[size] != '/') ++size;
  const std::string_view component(path.data(), size);
  path.remove_prefix(size);
  return component;
}

// Steps from the directory `place.inode` to `name` in it.
Result<void> step(Place& place, std::string_view name) {
  Directory* directory = as_directory(place.inode.get());
  if (directory == nullptr) return Errno::kNotDirectory;
  place.entry = nullptr;
  if (name == "." || name == "..") {
    place.last = name.size() == 1 ? Place::Last::kDot : Place::Last::kDotDot;
    place.directory = {};
    if (name.size() == 2 && directory->parent) place.inode = Ref<Inode>(directory->parent.get());
    return {};
  }
  if (name.size() > kMaximumNameSize) return Errno::kNameTooLong;
  place.last = Place::Last::kName;
  place.directory = Ref<Directory>(directory);
  place.name = name;
  if (directory->lists_descriptors) {
    place.inode = KTRY(find_descriptor_link(name));
  } else {
    place.entry = directory->find(name);
    place.inode = place.entry != nullptr ? place.entry->inode : Ref<Inode>();
  }
  return {};
}

}  // namespace

Result<Place> walk_path(Start start, std::string_view path, LastLink last_link) {
  if (path.empty()) return Errno::kNoEntry;
  FileSystemState& state = file_system();
  Place place;
  place.inode = start ? start : Ref<Inode>(state.working_directory.get());
  if (path.front() == '/') place.inode = Ref<Inode>(state.root.get());

  // What is left of the paths that the links stood in, innermost last; none of them is empty.
  std::string_view pending[kMaximumLinks];
  int pending_count = 0;
  int links = 0;
  strip_slashes(path);
  for (;;) {
    if (path.empty()) {
      if (pending_count == 0) return place;
      path = pending[--pending_count];
      continue;
    }
    const Ref<Inode> before = place.inode;
    KTRY(step(place, take_component(path)));
    const bool slash = strip_slashes(path);
    const bool is_last = path.empty() && pending_count == 0;
    if (is_last) place.slash = place.slash || slash;
    if (!place.inode) {
      if (is_last) return place;
      return Errno::kNoEntry;
    }
    Symlink* link = as_symlink(place.inode.get());
    if (link == nullptr) continue;
    if (is_last &&
        (last_link == LastLink::kKeep || (last_link == LastLink::kFollowIfSlash && !place.slash))) {
      continue;
    }
    if (++links > kMaximumLinks) return Errno::kLoop;
    if (link->jump) {
      place.inode = Ref<Inode>(link->jump.get());
      place.entry = nullptr;
      place.directory = {};
      place.last = Place::Last::kRoot;
      continue;
    }
    if (!path.empty()) pending[pending_count++] = path;
    path = std::string_view(link->target, link->size);
    const bool absolute = path.front() == '/';
    place.inode = absolute ? Ref<Inode>(state.root.get()) : before;
    if (absolute) place.last = Place::Last::kRoot;
    strip_slashes(path);
  }
}

Result<size_t> write_path(Inode& inode, char* text, size_t capacity) {
  Directory* root = file_system().root.get();
  size_t start = capacity;  // the path is written from its end
  for (Inode* here = &inode; here != root;) {
    if (here->place == nullptr) return Errno::kNoEntry;
    const std::string_view name = here->place->name();
    if (start < name.size() + 1) return Errno::kNameTooLong;
    start -= name.size() + 1;
    text[start] = '/';
    memcpy(text + start + 1, name.data(), name.size());
    here = here->place->owner;
  }
  if (start == capacity && capacity > 0) text[--start] = '/';
  memmove(text, text + start, capacity - start);
  return capacity - start;
}

}  // namespace strongroom::kernel
