// getdents64(2). A position is 0 for ".", 1 for "..", then an entry's cookie.
#include <dirent.h>

#include <cstring>
#include <string_view>

#include "kernel/fs/file_attributes.h"
#include "kernel/fs/file_system.h"
#include "kernel/fs/open_file.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

struct RecordHeader {  // struct linux_dirent64 up to its name, which begins at 19
  uint64_t inode;
  uint64_t next;
  uint16_t size;
  uint8_t type;
} __attribute__((packed));
static_assert(sizeof(RecordHeader) == 19);

class Listing {
 public:
  Listing(uint64_t buffer, size_t size) : buffer_(buffer), left_(size) {}

  // False when the record has no room. EFAULT.
  Result<bool> add(std::string_view name, const Inode& inode, uint64_t next) {
    return add(name, inode.number, file_type(inode) >> 12, next);
  }
  Result<bool> add(std::string_view name, uint64_t inode, uint32_t type, uint64_t next) {
    const size_t size = (sizeof(RecordHeader) + name.size() + 1 + 7) / 8 * 8;
    if (size > left_) return false;
    struct {
      RecordHeader header;
      char name[kMaximumNameSize + 1 + 8];
    } __attribute__((packed)) record{};
    record.header = {inode, next, static_cast<uint16_t>(size), static_cast<uint8_t>(type)};
    memcpy(record.name, name.data(), name.size());
    KTRY(copy_to_user(buffer_, &record, size));
    buffer_ += size;
    left_ -= size;
    written_ += size;
    return true;
  }
  [[nodiscard]] size_t written() const { return written_; }

 private:
  uint64_t buffer_;
  size_t left_;
  size_t written_ = 0;
};

Result<bool> add_descriptor(Listing& listing, int descriptor) {
  char digits[4];
  size_t start = sizeof(digits);
  for (int rest = descriptor; start == sizeof(digits) || rest > 0; rest /= 10) {
    digits[--start] = static_cast<char>('0' + rest % 10);
  }
  const auto number = static_cast<uint64_t>(descriptor);
  return listing.add({digits + start, sizeof(digits) - start}, number + 1, DT_LNK, number + 3);
}

// Adds the record at `position` and moves it on. False at the end or when there is no room (then `full`).
Result<bool> add_next(Listing& listing, const Directory& directory, uint64_t& position, bool& full) {
  bool added;
  uint64_t next = position + 1;
  if (position == 0) {
    added = KTRY(listing.add(".", directory, next));
  } else if (position == 1) {
    added = KTRY(listing.add("..", directory.parent ? *directory.parent : directory, next));
  } else if (directory.lists_descriptors) {
    const int open = position - 2 < DescriptorTable::kSize
                         ? file_system().descriptors.next_open(static_cast<int>(position - 2))
                         : -1;
    if (open < 0) return false;
    added = KTRY(add_descriptor(listing, open));
    next = static_cast<uint64_t>(open) + 3;
  } else {
    const DirectoryEntry* entry = directory.entry_from(position);
    if (entry == nullptr) return false;
    next = entry->cookie + 1;
    added = KTRY(listing.add(entry->name(), *entry->inode, next));
  }
  full = !added;
  if (added) position = next;
  return added;
}

}  // namespace

Result<size_t> OpenFile::list(uint64_t buffer, size_t size) {
  Directory* directory = as_directory(inode.get());
  if (directory == nullptr) return Errno::kNotDirectory;
  MutexLock position_guard(position_lock_);
  MutexLock guard(file_system().names);
  if (directory->removed()) return Errno::kNoEntry;
  Listing listing(buffer, size);
  bool full = false;
  for (;;) {
    Result<bool> added = add_next(listing, *directory, position_, full);
    if (!added.ok() && listing.written() == 0) return added.error();
    if (!added.ok() || !added.value()) break;
  }
  if (full && listing.written() == 0) return Errno::kInvalid;
  return listing.written();
}

}  // namespace strongroom::kernel
