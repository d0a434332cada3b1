// The files that were measured with the enclave.
#include <cstring>
#include <string_view>

#include "arch/image_header.h"
#include "kernel/allocate.h"
#include "kernel/fs/file_system.h"

namespace strongroom::kernel {
namespace {

struct Record {
  arch::BootRecord header;
  std::string_view name;
  const uint8_t* content;
};

// Reads the record at the start of the data and moves behind it.
Result<Record> read_record(const uint8_t*& data, size_t& left) {
  Record record{};
  if (left < sizeof(record.header)) return Errno::kInvalid;
  memcpy(&record.header, data, sizeof(record.header));
  const uint64_t room = left - sizeof(record.header);
  const uint64_t name_size = record.header.name_size;
  if (name_size >= room || record.header.content_size > room - name_size - 1) return Errno::kInvalid;
  record.name = {reinterpret_cast<const char*>(data + sizeof(record.header)), name_size};
  record.content = data + sizeof(record.header) + name_size + 1;
  const uint64_t size = sizeof(record.header) + name_size + 1 + record.header.content_size;
  const uint64_t step = (size + 7) / 8 * 8;
  if (step > left) return Errno::kInvalid;
  data += step;
  left -= step;
  return record;
}

// Makes the directories above `path` that are missing.
Result<void> make_parents(std::string_view path) {
  for (size_t end = 1; end < path.size(); ++end) {
    if (path[end] != '/') continue;
    const Result<void> made = make_directory({}, std::string_view(path.data(), end), 0755);
    if (!made.ok() && made.error() != Errno::kExists) return made;
  }
  return {};
}

Result<void> mount(const Record& record) {
  const auto size = static_cast<size_t>(record.header.content_size);
  KTRY(make_parents(record.name));
  if (record.header.kind == arch::BootRecordKind::kDirectory) {
    const Result<void> made = make_directory({}, record.name, record.header.mode);
    if (made.ok() || made.error() != Errno::kExists) return made;
    const Ref<Inode> there = KTRY(find_file({}, record.name, true));
    there->permissions = record.header.mode & 07777;
    return {};
  }
  if (record.header.kind == arch::BootRecordKind::kSymlink) {
    if (size == 0 || size >= kMaximumPath) return Errno::kInvalid;
    const Ref<Inode> link = create_symlink(reinterpret_cast<const char*>(record.content), size);
    if (!link) return Errno::kNoMemory;
    return add_name({}, record.name, link);
  }
  auto file = Ref<RegularFile>::adopt(create<RegularFile>(record.header.mode));
  if (!file) return Errno::kNoMemory;
  file->content.borrow(record.content, size);
  const Result<void> removed = remove_name({}, record.name, false);  // it may replace a file of ours
  if (!removed.ok() && removed.error() != Errno::kNoEntry) return removed;
  return add_name({}, record.name, Ref<Inode>(std::move(file)));
}

Result<void> name_program(std::string_view path) {
  if (path.empty()) return {};
  // The C library wants an absolute path here and ends the program without one.
  char absolute[kMaximumPath];
  size_t size = 0;
  if (path.front() != '/') absolute[size++] = '/';
  if (path.size() > sizeof absolute - size) return Errno::kNameTooLong;
  __builtin_memcpy(absolute + size, path.data(), path.size());
  size += path.size();
  const Ref<Inode> link = create_symlink(absolute, size);
  if (!link) return Errno::kNoMemory;
  return add_name({}, "/proc/self/exe", link);
}

}  // namespace

Result<void> mount_boot_data(const uint8_t* begin, size_t size) {
  bool named = false;
  while (size > 0) {
    const Record record = KTRY(read_record(begin, size));
    switch (record.header.kind) {
      case arch::BootRecordKind::kEnd:
        return {};
      case arch::BootRecordKind::kArgument:
        if (!named) KTRY(name_program(record.name));
        named = true;
        break;
      case arch::BootRecordKind::kEnvironment:
      case arch::BootRecordKind::kHostEnvironment:
        break;
      case arch::BootRecordKind::kDirectory:
      case arch::BootRecordKind::kFile:
      case arch::BootRecordKind::kSymlink:
        KTRY(mount(record));
        break;
      default:
        return Errno::kInvalid;
    }
  }
  return {};
}

}  // namespace strongroom::kernel
