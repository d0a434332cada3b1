// Paths that a system call is given, and the files that they name.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/fs/file_system.h"

namespace strongroom::kernel {

inline constexpr uint64_t kWorkingDirectory = static_cast<uint64_t>(-100);  // AT_FDCWD

// A string of at most kMaximumPath bytes with its NUL, copied from the program.
class UserPath {
 public:
  UserPath() = default;
  UserPath(UserPath&& other) noexcept;
  UserPath& operator=(UserPath&&) = delete;
  ~UserPath();
  // EFAULT, ENAMETOOLONG, ENOMEM.
  static Result<UserPath> read(uint64_t address);
  [[nodiscard]] std::string_view text() const { return {text_, size_}; }

 private:
  char* text_ = nullptr;
  size_t size_ = 0;
};

// A path with the directory that it begins at: null for the working directory.
struct PathArgument {
  UserPath path;
  Ref<Inode> start;
  [[nodiscard]] std::string_view text() const { return path.text(); }
};
// The arguments (descriptor, path) of the *at() calls. ENOENT when the path is empty, EBADF.
Result<PathArgument> read_path(int descriptor, uint64_t path);
// The file that they name. `flags`: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH; others are ignored.
Result<Ref<Inode>> find_file_at(int descriptor, uint64_t path, uint32_t flags);

}  // namespace strongroom::kernel
