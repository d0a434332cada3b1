#include "kernel/syscall/path_argument.h"

#include <fcntl.h>

#include <utility>

#include "kernel/allocate.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

UserPath::UserPath(UserPath&& other) noexcept
    : text_(std::exchange(other.text_, nullptr)), size_(std::exchange(other.size_, 0)) {}

UserPath::~UserPath() {
  if (text_ != nullptr) release(text_, kMaximumPath);
}

Result<UserPath> UserPath::read(uint64_t address) {
  UserPath path;
  path.text_ = static_cast<char*>(allocate(kMaximumPath));
  if (path.text_ == nullptr) return Errno::kNoMemory;
  path.size_ = KTRY(copy_string_from_user(path.text_, address, kMaximumPath));
  return path;
}

namespace {

Result<Ref<Inode>> start_of(int descriptor, std::string_view path) {
  if (descriptor == AT_FDCWD || (!path.empty() && path.front() == '/')) return Ref<Inode>();
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get_any(descriptor));
  return file->inode;
}

}  // namespace

Result<PathArgument> read_path(int descriptor, uint64_t path) {
  UserPath text = KTRY(UserPath::read(path));
  if (text.text().empty()) return Errno::kNoEntry;
  Ref<Inode> start = KTRY(start_of(descriptor, text.text()));
  return PathArgument{std::move(text), std::move(start)};
}

Result<Ref<Inode>> find_file_at(int descriptor, uint64_t path, uint32_t flags) {
  const UserPath text = KTRY(UserPath::read(path));
  if (text.text().empty() && (flags & AT_EMPTY_PATH) == 0) return Errno::kNoEntry;
  Ref<Inode> start = KTRY(start_of(descriptor, text.text()));
  if (!text.text().empty()) return find_file(start, text.text(), (flags & AT_SYMLINK_NOFOLLOW) == 0);
  if (start) return start;
  return find_file(start, ".", true);
}

}  // namespace strongroom::kernel
