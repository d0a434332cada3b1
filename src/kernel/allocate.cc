#include "kernel/allocate.h"

#include "arch/image_header.h"
#include "kernel/memory_map.h"
#include "kernel/spin_lock.h"

namespace strongroom::kernel {
namespace {

constexpr size_t kPage = arch::kPageSize;
constexpr size_t kChunk = 16 * kPage;  // what small blocks are cut from
constexpr size_t kClassCount = 9;      // 16, 32, ... 4096 bytes

struct FreeBlock {
  FreeBlock* next;
};

// Blocks of one size, a power of two: freed ones first, then the next of the current chunk. A chunk is not
// touched ahead of its use, because the first touch of a page is dear, and is never given back.
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

// Another thread may have been faster: then both chunks are used, one after the other, through the free list.
bool refill(SizeClass& size_class, size_t block_size) {
  auto chunk = map_memory(0, kChunk, arch::kRead | arch::kWrite, RegionKind::kKernel);
  if (!chunk.ok()) return false;
  SpinGuard guard(size_class.lock);
  for (uint64_t left = size_class.next; left < size_class.end; left += block_size) {
    auto* block = reinterpret_cast<FreeBlock*>(left);
    block->next = size_class.free;
    size_class.free = block;
  }
  size_class.next = chunk.value();
  size_class.end = chunk.value() + kChunk;
  return true;
}

}  // namespace

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
    unmap_kernel_memory(reinterpret_cast<uint64_t>(block), size);
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
