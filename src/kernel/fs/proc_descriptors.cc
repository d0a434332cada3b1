#include "kernel/fs/proc_descriptors.h"

#include <array>
#include <cstring>

#include "kernel/allocate.h"
#include "kernel/fs/file_system.h"
#include "kernel/fs/path_walk.h"

namespace strongroom::kernel {
namespace {

class Text {
 public:
  void append(std::string_view more) {
    memcpy(bytes_ + size_, more.data(), more.size());
    size_ += more.size();
  }
  void append_number(uint64_t number) {
    if (number >= 10) append_number(number / 10);
    bytes_[size_++] = static_cast<char>('0' + number % 10);
  }
  [[nodiscard]] const char* data() const { return bytes_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  char bytes_[64] = {};
  size_t size_ = 0;
};

// What Linux shows for files that have no name.
void describe_nameless(const Inode& inode, Text& text) {
  switch (inode.kind) {
    case InodeKind::kEventCounter:
      return text.append("anon_inode:[eventfd]");
    case InodeKind::kEpoll:
      return text.append("anon_inode:[eventpoll]");
    case InodeKind::kPipe:
    case InodeKind::kConsole:
      text.append("pipe:[");
      text.append_number(inode.number);
      return text.append("]");
    default:
      text.append("/#");
      text.append_number(inode.number);
      return text.append(" (deleted)");
  }
}

Ref<Symlink> describe(Inode& inode) {
  auto* path = static_cast<char*>(allocate(kMaximumPath));
  if (path == nullptr) return {};
  Result<size_t> size = write_path(inode, path, kMaximumPath);
  Ref<Symlink> link;
  if (size.ok()) {
    link = create_symlink(path, size.value());
  } else {
    Text text;
    describe_nameless(inode, text);
    link = create_symlink(text.data(), text.size());
  }
  release(path, kMaximumPath);
  return link;
}

// -1 for anything but a plain decimal number.
int parse_number(std::string_view name) {
  if (name.empty() || name.size() > 4 || (name.front() == '0' && name.size() > 1)) return -1;
  int number = 0;
  for (const char digit : name) {
    if (digit < '0' || digit > '9') return -1;
    number = number * 10 + (digit - '0');
  }
  return number;
}

}  // namespace

Result<Ref<Inode>> find_descriptor_link(std::string_view name) {
  Result<Ref<OpenFile>> file = file_system().descriptors.get_any(parse_number(name));
  if (!file.ok()) return Ref<Inode>();
  Ref<Symlink> link = describe(*file.value()->inode);
  if (!link) return Errno::kNoMemory;
  link->jump = Ref<Inode>(file.value()->inode.get());
  link->links = 1;
  return Ref<Inode>(std::move(link));
}

}  // namespace strongroom::kernel
