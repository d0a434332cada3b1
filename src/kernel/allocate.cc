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

// Blocks of one size, a power of two: chunks are cut up and never given back.
struct SizeClass {
  SpinLock lock;
  FreeBlock* free = nullptr;
};

constinit SizeClass classes[kClassCount];

size_t class_of(size_t size) {
  size_t index = 0;
  while ((size_t{16} << index) < size) ++index;
  return index;
}

bool refill(SizeClass& size_class, size_t block_size) {
  auto chunk = map_memory(0, kChunk, arch::kRead | arch::kWrite, RegionKind::kKernel);
  if (!chunk.ok()) return false;
  SpinGuard guard(size_class.lock);
  for (size_t offset = 0; offset < kChunk; offset += block_size) {
    auto* block = reinterpret_cast<FreeBlock*>(chunk.value() + offset);
    block->next = size_class.free;
    size_class.free = block;
  }
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
  SizeClass& size_class = classes[index];
  while (true) {
    {
      SpinGuard guard(size_class.lock);
      if (FreeBlock* block = size_class.free) {
        size_class.free = block->next;
        block->next = nullptr;
        return block;
      }
    }
    if (!refill(size_class, size_t{16} << index)) return nullptr;
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
