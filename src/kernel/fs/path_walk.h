// Following a path through the tree of names (path_resolution(7)).
#pragma once

#include <string_view>

#include "kernel/fs/file_system.h"

namespace strongroom::kernel {

// Where a path leads. Valid as long as the names' lock is held and the path stands.
struct Place {
  enum class Last : uint8_t { kName, kDot, kDotDot, kRoot };  // what the last component is

  Ref<Directory> directory;  // that has the last name, or has it not; null unless kName
  std::string_view name;
  DirectoryEntry* entry = nullptr;  // null: no such name
  Ref<Inode> inode;                 // null: no such name
  Last last = Last::kRoot;
  bool slash = false;  // behind the last name: it must be a directory
};

// What is done with a symbolic link at the end: who makes or removes names keeps it, who looks for a file
// follows it or, told not to, follows it only before a slash.
enum class LastLink : uint8_t { kKeep, kFollowIfSlash, kFollow };

// All of these expect the names' lock to be held.
// A missing last name is no error. ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP.
Result<Place> walk_path(Start start, std::string_view path, LastLink last_link);
// path_of() of file_system.h.
Result<size_t> write_path(Inode& inode, char* text, size_t capacity);

}  // namespace strongroom::kernel
