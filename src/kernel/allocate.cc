#include "kernel/allocate.h"

#include "arch/image_header.h"
#include "kernel/host_call.h"
#include "kernel/memory_map.h"
#include "kernel/spin_lock.h"

namespace strongroom::kernel {
namespace {

constexpr size_t kPage = arch::kPageSize;
constexpr size_t kChunk = 16 * kPage;  // what pages are cut from
constexpr size_t kClassCount = 9;      // 16, 32, ... 4096 bytes

struct FreeBlock {
  FreeBlock* next;
};

// Blocks of one size, a power of two: freed ones first, then the next of the current chunk. A chunk is not
// touched ahead of its use, because the first touch of a page is dear.
struct SizeClass {
  SpinLock lock;
  FreeBlock* free = nullptr;
  uint64_t next = 0;
  uint64_t end = 0;
};

constinit SizeClass classes[kClassCount];

size_t class_of(size_t size) {
  size_t index = 0;
  while ((size_t{16} << index) < size) ++index;
  return index;
}

// A block of a chunk that is there, or nullptr.
void* take(SizeClass& size_class, size_t block_size) {
  SpinGuard guard(size_class.lock);
  if (FreeBlock* block = size_class.free) {
    size_class.free = block->next;
    block->next = nullptr;
    return block;
  }
  if (size_class.next == size_class.end) return nullptr;
  void* block = reinterpret_cast<void*>(size_class.next);
  size_class.next += block_size;
  return block;
}

// What blocks of this size are cut from: larger blocks. Sizes of which a program needs few share a page.
constexpr size_t supply_of(size_t block_size) {
  return block_size <= 256 ? 1024 : block_size < kPage ? kPage : kChunk;
}

// Another thread may have been faster: then both chunks are used, one after the other, through the free list.
bool refill(SizeClass& size_class, size_t block_size) {
  const size_t size = supply_of(block_size);
  const auto chunk = reinterpret_cast<uint64_t>(allocate(size));
  if (chunk == 0) return false;
  SpinGuard guard(size_class.lock);
  for (uint64_t left = size_class.next; left < size_class.end; left += block_size) {
    auto* block = reinterpret_cast<FreeBlock*>(left);
    block->next = size_class.free;
    size_class.free = block;
  }
  size_class.next = chunk;
  size_class.end = chunk + size;
  return true;
}

// By address, ascending: merges sorted lists of 1, 2, 4, ... blocks.
FreeBlock* sort(FreeBlock* list) {
  for (size_t length = 1;; length *= 2) {
    FreeBlock* rest = list;
    FreeBlock** tail = &list;
    size_t merges = 0;
    while (rest != nullptr) {
      ++merges;
      FreeBlock* left = rest;
      size_t left_count = 0;
      for (; left_count < length && rest != nullptr; ++left_count) rest = rest->next;
      FreeBlock* right = rest;
      size_t right_count = 0;
      for (; right_count < length && rest != nullptr; ++right_count) rest = rest->next;
      while (left_count > 0 || right_count > 0) {
        const bool from_left = right_count == 0 || (left_count > 0 && left < right);
        FreeBlock*& source = from_left ? left : right;
        --(from_left ? left_count : right_count);
        *tail = source;
        source = source->next;
        tail = &(*tail)->next;
      }
    }
    *tail = nullptr;
    if (merges <= 1) return list;
  }
}

void append(FreeBlock*& list, FreeBlock* blocks) {
  FreeBlock** end = &list;
  while (*end != nullptr) end = &(*end)->next;
  *end = blocks;
}

}  // namespace

bool give_back_free_pages() {
  SizeClass& pages = classes[kClassCount - 1];
  FreeBlock* rest;
  {
    SpinGuard guard(pages.lock);
    rest = std::exchange(pages.free, nullptr);
  }
  rest = sort(rest);
  FreeBlock* kept = nullptr;
  bool gave = false;
  while (rest != nullptr) {
    FreeBlock* const first = rest;
    FreeBlock* last = first;
    size_t count = 1;
    for (; last->next == last + kPage / sizeof(FreeBlock); ++count) last = last->next;
    rest = last->next;
    if (count * kPage >= kChunk && unmap_kernel_memory(reinterpret_cast<uint64_t>(first), count * kPage)) {
      gave = true;
      continue;
    }
    last->next = kept;
    kept = first;
  }
  SpinGuard guard(pages.lock);
  append(kept, pages.free);
  pages.free = kept;
  return gave;
}

void* allocate(size_t size) {
  if (size == 0) return nullptr;
  if (size > kPage) {
    auto pages = map_memory(0, size, arch::kRead | arch::kWrite, RegionKind::kKernel);
    return pages.ok() ? reinterpret_cast<void*>(pages.value()) : nullptr;
  }
  const size_t index = class_of(size);
  const size_t block_size = size_t{16} << index;
  while (true) {
    if (void* block = take(classes[index], block_size)) return block;
    if (!refill(classes[index], block_size)) return nullptr;
  }
}

void release(void* block, size_t size) {
  if (block == nullptr) return;
  if (size > kPage) {
    KERNEL_CHECK(unmap_kernel_memory(reinterpret_cast<uint64_t>(block), size));
    return;
  }
  SizeClass& size_class = classes[class_of(size)];
  __builtin_memset(block, 0, size);
  SpinGuard guard(size_class.lock);
  auto* freed = static_cast<FreeBlock*>(block);
  freed->next = size_class.free;
  size_class.free = freed;
}

}  // namespace strongroom::kernel
