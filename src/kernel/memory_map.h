// The enclave's address space as the program sees it: which pages of its image and of the arena are mapped,
// and how.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/image_header.h"
#include "kernel/result.h"

namespace strongroom::kernel {

enum class RegionKind : uint8_t {
  kProgram,    // the program's image
  kAnonymous,  // mmap
  kBreak,      // brk
  kStack,      // the main thread's stack
  kKernel,     // allocate(); the program may not unmap or change it
};

struct Region {
  uint64_t begin;  // addresses of whole pages
  uint64_t end;
  uint32_t protection;  // arch::Protection
  RegionKind kind;
  bool hides_data = false;  // inaccessible now, accessible before: the pages may hold what the program wrote
};

// Once, at the start: takes over the program's segments and an empty arena.
Result<void> start_memory_map();

// Maps fresh zero pages. `hint` 0: anywhere. With `fixed`, exactly at `hint`, in place of whatever was mapped
// there; with `no_replace`, only where nothing is. ENOMEM beyond the heap limit or address space; EPERM for
// executable memory: all code of an enclave is measured.
Result<uint64_t> map_memory(uint64_t hint, uint64_t size, uint32_t protection, RegionKind kind,
                            bool fixed = false, bool no_replace = false);
// Unmaps; what was written there is zeroed. Holes are fine. EINVAL for kernel memory.
Result<void> unmap_memory(uint64_t address, uint64_t size);
// The same for pages that were mapped with kKernel. False where there are too many regions to make another.
[[nodiscard]] bool unmap_kernel_memory(uint64_t address, uint64_t size);
// Changes the protection of mapped pages; ENOMEM at a hole.
Result<void> protect_memory(uint64_t address, uint64_t size, uint32_t protection);
// Grows, shrinks or moves an anonymous mapping (mremap). `fixed_address` 0: not fixed.
Result<uint64_t> remap_memory(uint64_t address, uint64_t old_size, uint64_t new_size, bool may_move,
                              uint64_t fixed_address);
// MADV_DONTNEED: the pages read as zeros.
Result<void> discard_memory(uint64_t address, uint64_t size);
// brk: moves the end of the heap; yields where it is now.
uint64_t set_break(uint64_t address);

// The region that holds the address. False when none does.
bool find_region(uint64_t address, Region& out);
// Whether all of the range is mapped, with at least this protection.
bool is_accessible(uint64_t address, uint64_t size, uint32_t protection);
// Whether the address lies in the guard below a stack: the unmapped or inaccessible gap just under a writable
// region.
bool is_stack_guard(uint64_t address);

// Writes the lines of /proc/self/maps (proc(5)), as many bytes as fit into `capacity`; yields how many bytes
// the whole text has.
size_t describe_memory_map(char* out, size_t capacity);

}  // namespace strongroom::kernel
