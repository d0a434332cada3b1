// The kernel's own memory: blocks of any size, zeroed, from the enclave's arena and counted against its heap
// limit.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace strongroom::kernel {

// Zeroed memory aligned to 16, or to a page for sizes of a page and more; nullptr when the heap limit is
// reached. Thread safe.
[[nodiscard]] void* allocate(size_t size);
// Takes back a block of allocate(), with the size that it was asked with. The block is wiped. Thread safe.
void release(void* block, size_t size);

// Gives the pages of freed blocks back to the enclave's heap, in runs of 64 KiB and more; yields whether
// there were any. For when the heap limit is reached: a page that stays is a page that need not be touched
// again.
bool give_back_free_pages();

// An object in kernel memory, or nullptr.
template <typename T, typename... Arguments>
[[nodiscard]] T* create(Arguments&&... arguments) {
  static_assert(alignof(T) <= 16);
  void* block = allocate(sizeof(T));
  return block == nullptr ? nullptr : new (block) T(std::forward<Arguments>(arguments)...);
}
template <typename T>
void destroy(T* object) {
  if (object == nullptr) return;
  object->~T();
  release(object, sizeof(T));
}

}  // namespace strongroom::kernel
