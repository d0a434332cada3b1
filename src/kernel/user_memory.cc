#include "kernel/user_memory.h"

#include "kernel/boot.h"
#include "kernel/memory_map.h"
#include "kernel/port/port.h"
#include "kernel/resume.h"

namespace strongroom::kernel {

bool is_user_range(uint64_t address, uint64_t size) {
  const arch::ImageHeader& header = image_header();
  const uint64_t offset = address - enclave_base();
  const auto inside = [&](const arch::ImageRange& range) {
    return offset >= range.offset && offset - range.offset <= range.size &&
           size <= range.size - (offset - range.offset);
  };
  return address >= enclave_base() && (inside(header.arena) || inside(header.program));
}

namespace {

// What the fixups cannot find out has to be known before.
bool may_touch(uint64_t address, uint64_t size, uint32_t protection) {
  return is_user_range(address, size) &&
         (port::reports_page_faults() || size == 0 || is_accessible(address, size, protection));
}

}  // namespace

Result<void> copy_from_user(void* to, uint64_t from, size_t size) {
  if (!may_touch(from, size, arch::kRead)) return Errno::kFault;
  if (strongroom_user_copy(to, reinterpret_cast<const void*>(from), size) != 0) return Errno::kFault;
  return {};
}

Result<void> copy_to_user(uint64_t to, const void* from, size_t size) {
  if (!may_touch(to, size, arch::kWrite)) return Errno::kFault;
  if (strongroom_user_copy(reinterpret_cast<void*>(to), from, size) != 0) return Errno::kFault;
  return {};
}

Result<void> zero_user(uint64_t to, size_t size) {
  if (!may_touch(to, size, arch::kWrite)) return Errno::kFault;
  if (strongroom_user_zero(reinterpret_cast<void*>(to), size) != 0) return Errno::kFault;
  return {};
}

Result<size_t> copy_string_from_user(char* to, uint64_t from, size_t capacity) {
  size_t done = 0;
  while (done < capacity) {
    // Piece by piece up to the end of a page: the string may end just before memory that is not there.
    const uint64_t address = from + done;
    size_t piece = arch::kPageSize - (address & (arch::kPageSize - 1));
    if (piece > capacity - done) piece = capacity - done;
    KTRY(copy_from_user(to + done, address, piece));
    for (size_t i = done; i < done + piece; ++i)
      if (to[i] == '\0') return i;
    done += piece;
  }
  return Errno::kNameTooLong;
}

Result<uint32_t> read_user_word_again(uint64_t address) {
  uint32_t value;
  if (!is_user_range(address, sizeof value) ||
      strongroom_user_copy(&value, reinterpret_cast<const void*>(address), sizeof value) != 0)
    return Errno::kFault;
  return value;
}

Result<bool> compare_exchange_user(uint64_t address, uint32_t& expected, uint32_t desired) {
  if (!may_touch(address, sizeof(uint32_t), arch::kWrite) || address % sizeof(uint32_t) != 0)
    return Errno::kFault;
  const uint32_t wanted = expected;
  if (strongroom_user_exchange(reinterpret_cast<void*>(address), &expected, desired) != 0)
    return Errno::kFault;
  return expected == wanted;
}

}  // namespace strongroom::kernel
