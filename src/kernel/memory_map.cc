#include "kernel/memory_map.h"

#include <elf.h>

#include "kernel/allocate.h"
#include "kernel/boot.h"
#include "kernel/host_call.h"
#include "kernel/lock.h"
#include "kernel/memory_limits.h"
#include "kernel/port/port.h"
#include "kernel/random.h"
#include "kernel/region_list.h"
#include "kernel/text.h"

namespace strongroom::kernel {
namespace {

using arch::kExecute;
using arch::kNoAccess;
using arch::kPageSize;
using arch::kRead;
using arch::kWrite;

constexpr uint64_t kRegionStorage = 256 * kPageSize;  // address space; memory is used as the list grows
constexpr uint64_t kBreakReserve = 4;                 // brk may grow into 1/4 of the arena
constexpr uint64_t kGuard = 16 * kPageSize;

constinit Mutex mutex;
constinit RegionList regions;
constinit uint64_t used = 0;
constinit uint64_t break_begin = 0;
constinit uint64_t break_now = 0;
constinit uint64_t break_limit = 0;
constinit uint64_t map_lowest = 0;
constinit uint64_t map_highest = 0;

uint64_t arena_begin() {
  return enclave_base() + image_header().arena.offset;
}
uint64_t arena_end() {
  return arena_begin() + image_header().arena.size - port::reserved_arena();
}
bool in_arena(uint64_t address, uint64_t size) {
  return address >= arena_begin() && address <= arena_end() && size <= arena_end() - address;
}
uint64_t limit() {
  return image_header().heap_limit + image_header().main_stack_size;
}
bool is_page(uint64_t address) {
  return address % kPageSize == 0;
}
// 0 when it overflows.
uint64_t round_up(uint64_t size) {
  return (size + kPageSize - 1) & ~(kPageSize - 1);
}
// Where all of the arena is memory it has no room for what may never be used: malloc's own arenas would take
// it from the program.
uint64_t most_reserved() {
  constexpr uint64_t kPart = 4;
  const bool fixed = (image_header().flags & arch::kImageFixedMemory) != 0;
  return fixed ? image_header().arena.size / kPart : image_header().arena.size;
}
// Reservations cost nothing until they are made accessible.
bool counts(const Region& region) {
  return region.kind != RegionKind::kProgram && region.protection != kNoAccess;
}

// Calls visit(part) for each part of a region inside [begin, end).
template <typename Visit>
void for_each_part(uint64_t begin, uint64_t end, Visit visit) {
  for (size_t i = regions.first_after(begin); i < regions.size() && regions[i].begin < end; ++i) {
    Region part = regions[i];
    if (part.begin < begin) part.begin = begin;
    if (part.end > end) part.end = end;
    visit(part);
  }
}

bool holds_kernel_memory(uint64_t begin, uint64_t end) {
  bool found = false;
  for_each_part(begin, end, [&](const Region& part) { found |= part.kind == RegionKind::kKernel; });
  return found;
}

// Zeroes what was written and takes the access away. Under the mutex.
void drop(uint64_t begin, uint64_t end) {
  for_each_part(begin, end, [](const Region& part) {
    if (part.protection == kNoAccess && !part.hides_data) return;
    if (part.protection != (kRead | kWrite))
      KERNEL_CHECK(port::protect(part.begin, part.end - part.begin, kRead | kWrite));
    KERNEL_CHECK(port::clear_and_revoke(part.begin, part.end - part.begin));
    if (counts(part)) used -= part.end - part.begin;
  });
  regions.remove(begin, end);
}

Result<void> add(const Region& region) {
  const uint64_t size = region.end - region.begin;
  if (counts(region) && size > limit() - used) return Errno::kNoMemory;
  if (region.protection != kNoAccess && !port::protect(region.begin, size, region.protection))
    return Errno::kNoMemory;
  if (counts(region)) used += size;
  regions.insert(region);
  return {};
}

Result<uint64_t> map(uint64_t hint, uint64_t size, uint32_t protection, RegionKind kind, bool fixed,
                     bool no_replace) {
  size = round_up(size);
  if (size == 0) return Errno::kInvalid;
  if ((protection & kExecute) != 0) return Errno::kPerm;
  if (protection == kNoAccess && size > most_reserved()) return Errno::kNoMemory;
  MutexLock lock(mutex);
  if (!regions.has_room()) return Errno::kNoMemory;
  uint64_t address = 0;
  if (fixed || no_replace) {
    if (!is_page(hint)) return Errno::kInvalid;
    if (!in_arena(hint, size)) return Errno::kNoMemory;
    if (no_replace && regions.overlaps(hint, hint + size)) return Errno::kExists;
    if (holds_kernel_memory(hint, hint + size)) return Errno::kInvalid;
    drop(hint, hint + size);
    address = hint;
  } else {
    const uint64_t wanted = hint & ~(kPageSize - 1);
    if (wanted != 0 && in_arena(wanted, size) && wanted >= map_lowest &&
        !regions.overlaps(wanted, wanted + size))
      address = wanted;
    else
      address = regions.highest_gap(break_limit, map_highest, size);
    if (address == 0) address = regions.highest_gap(round_up(break_now) + kGuard, map_highest, size);
    if (address == 0) return Errno::kNoMemory;
  }
  KTRY(add({address, address + size, protection, kind}));
  return address;
}

Result<void> protect(uint64_t address, uint64_t size, uint32_t protection) {
  size = round_up(size);
  if (!is_page(address)) return Errno::kInvalid;
  if (size == 0) return {};
  const uint64_t end = address + size;
  if (end < address) return Errno::kNoMemory;
  MutexLock lock(mutex);
  uint64_t covered = 0;
  uint64_t newly_used = 0;
  bool refused = false;
  for_each_part(address, end, [&](const Region& part) {
    covered += part.end - part.begin;
    refused |= part.kind == RegionKind::kKernel;
    // Code stays as it was measured, and nothing becomes code.
    if (((part.protection ^ protection) & kExecute) != 0) refused = true;
    if ((part.protection & kExecute) != 0 && (protection & kWrite) != 0) refused = true;
    Region changed = part;
    changed.protection = protection;
    if (counts(changed) && !counts(part)) newly_used += part.end - part.begin;
  });
  if (covered != size) return Errno::kNoMemory;
  if (refused) return Errno::kAccess;
  if (newly_used > limit() - used) return Errno::kNoMemory;
  while (address < end) {
    if (!regions.has_room()) return Errno::kNoMemory;
    Region part = regions[regions.first_after(address)];
    if (part.begin < address) part.begin = address;
    if (part.end > end) part.end = end;
    address = part.end;
    if (part.protection == protection) continue;
    if (!port::protect(part.begin, part.end - part.begin, protection)) return Errno::kNoMemory;
    regions.remove(part.begin, part.end);
    if (counts(part)) used -= part.end - part.begin;
    part.hides_data = protection == kNoAccess;  // it was accessible, because the protection changes
    part.protection = protection;
    if (counts(part)) used += part.end - part.begin;
    regions.insert(part);
  }
  return {};
}

uint64_t move_break(uint64_t address) {
  MutexLock lock(mutex);
  if (address < break_begin || address > break_limit || !regions.has_room()) return break_now;
  const uint64_t old_end = round_up(break_now);
  const uint64_t new_end = round_up(address);
  if (new_end > old_end) {
    if (regions.overlaps(old_end, new_end)) return break_now;
    if (!add({old_end, new_end, kRead | kWrite, RegionKind::kBreak}).ok()) return break_now;
  } else if (new_end < old_end) {
    drop(new_end, old_end);
  }
  break_now = address;
  return break_now;
}

// Where memory lacks, once more with what freed blocks of the kernel's held.
template <typename Attempt>
auto with_freed_pages(Attempt attempt) {
  auto result = attempt();
  if (result.ok() || result.error() != Errno::kNoMemory || !give_back_free_pages()) return result;
  return attempt();
}

}  // namespace

Result<void> start_memory_map() {
  const arch::ImageHeader& header = image_header();
  const uint64_t begin = arena_begin();
  if (header.arena.size < kRegionStorage + 64 * kGuard) return Errno::kNoMemory;
  if (!port::protect(begin, kRegionStorage, kRead | kWrite)) return Errno::kNoMemory;
  regions.start(reinterpret_cast<Region*>(begin), kRegionStorage / sizeof(Region));
  regions.insert({begin, begin + kRegionStorage, kRead | kWrite, RegionKind::kKernel});

  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(enclave_base() + header.program_headers);
  for (uint32_t i = 0; i < header.program_header_count; ++i) {
    if (segments[i].p_type != PT_LOAD || segments[i].p_memsz == 0) continue;
    const uint64_t address = enclave_base() + header.program.offset + segments[i].p_vaddr;
    const uint32_t flags = segments[i].p_flags;
    regions.insert({address & ~(kPageSize - 1), round_up(address + segments[i].p_memsz),
                    ((flags & PF_R) != 0 ? kRead : 0u) | ((flags & PF_W) != 0 ? kWrite : 0u) |
                        ((flags & PF_X) != 0 ? kExecute : 0u),
                    RegionKind::kProgram});
  }
  // The heap starts, and mappings end, at an address that the host does not choose.
  const uint64_t slack = header.arena.size / 64;
  break_begin = break_now = begin + kRegionStorage + kGuard + random_below(slack / kPageSize + 1) * kPageSize;
  break_limit = break_begin + header.arena.size / kBreakReserve;
  map_lowest = break_begin + kPageSize;
  map_highest = arena_end() - kPageSize - random_below(slack / kPageSize + 1) * kPageSize;
  return {};
}

Result<uint64_t> map_memory(uint64_t hint, uint64_t size, uint32_t protection, RegionKind kind, bool fixed,
                            bool no_replace) {
  return with_freed_pages([&] { return map(hint, size, protection, kind, fixed, no_replace); });
}

Result<void> protect_memory(uint64_t address, uint64_t size, uint32_t protection) {
  return with_freed_pages([&] { return protect(address, size, protection); });
}

uint64_t set_break(uint64_t address) {
  const uint64_t end = move_break(address);
  return end < address && give_back_free_pages() ? move_break(address) : end;
}

Result<void> unmap_memory(uint64_t address, uint64_t size) {
  size = round_up(size);
  if (!is_page(address) || size == 0) return Errno::kInvalid;
  MutexLock lock(mutex);
  if (!in_arena(address, size) || holds_kernel_memory(address, address + size)) return Errno::kInvalid;
  if (!regions.has_room()) return Errno::kNoMemory;
  drop(address, address + size);
  return {};
}

bool unmap_kernel_memory(uint64_t address, uint64_t size) {
  MutexLock lock(mutex);
  if (!regions.has_room()) return false;
  drop(address, address + round_up(size));
  return true;
}

Result<uint64_t> remap_memory(uint64_t address, uint64_t old_size, uint64_t new_size, bool may_move,
                              uint64_t fixed_address) {
  old_size = round_up(old_size);
  new_size = round_up(new_size);
  if (!is_page(address) || old_size == 0 || new_size == 0) return Errno::kInvalid;
  Region region{};
  if (!find_region(address, region) || region.end - address < old_size) return Errno::kFault;
  if (region.kind != RegionKind::kAnonymous) return Errno::kInvalid;
  if (fixed_address == 0 && new_size <= old_size) {
    if (new_size < old_size) KTRY(unmap_memory(address + new_size, old_size - new_size));
    return address;
  }
  if (fixed_address == 0) {
    auto grown = map_memory(address + old_size, new_size - old_size, region.protection,
                            RegionKind::kAnonymous, false, true);
    if (grown.ok()) return address;
  }
  if (!may_move) return Errno::kNoMemory;
  if (fixed_address != 0 && fixed_address < address + old_size && address < fixed_address + new_size)
    return Errno::kInvalid;
  const uint64_t target =
      KTRY(map_memory(fixed_address, new_size, kRead | kWrite, RegionKind::kAnonymous, fixed_address != 0));
  const uint64_t kept = old_size < new_size ? old_size : new_size;
  if ((region.protection & kRead) != 0)
    __builtin_memcpy(reinterpret_cast<void*>(target), reinterpret_cast<const void*>(address), kept);
  if (region.protection != (kRead | kWrite)) KTRY(protect_memory(target, new_size, region.protection));
  KTRY(unmap_memory(address, old_size));
  return target;
}

Result<void> discard_memory(uint64_t address, uint64_t size) {
  size = round_up(size);
  if (!is_page(address) || address + size < address) return Errno::kInvalid;
  MutexLock lock(mutex);
  if (holds_kernel_memory(address, address + size)) return Errno::kInvalid;
  uint64_t covered = 0;
  for_each_part(address, address + size, [&](const Region& part) {
    covered += part.end - part.begin;
    if (part.kind == RegionKind::kProgram || (part.protection == kNoAccess && !part.hides_data)) return;
    const uint64_t part_size = part.end - part.begin;
    const bool writable = (part.protection & kWrite) != 0;
    if (!writable) KERNEL_CHECK(port::protect(part.begin, part_size, kRead | kWrite));
    port::clear_touched(part.begin, part_size);
    if (!writable) KERNEL_CHECK(port::protect(part.begin, part_size, part.protection));
  });
  return covered == size ? Result<void>{} : Errno::kNoMemory;
}

bool find_region(uint64_t address, Region& out) {
  MutexLock lock(mutex);
  const size_t index = regions.first_after(address);
  if (index == regions.size() || regions[index].begin > address) return false;
  out = regions[index];
  return true;
}

bool is_accessible(uint64_t address, uint64_t size, uint32_t protection) {
  MutexLock lock(mutex);
  const uint64_t end = address + size;
  for (size_t i = regions.first_after(address); address < end; ++i) {
    if (i == regions.size() || regions[i].begin > address) return false;
    if ((regions[i].protection & protection) != protection) return false;
    address = regions[i].end;
  }
  return true;
}

bool is_stack_guard(uint64_t address) {
  MutexLock lock(mutex);
  size_t index = regions.first_after(address);
  if (index < regions.size() && regions[index].begin <= address) {
    if (regions[index].protection != kNoAccess) return false;
    ++index;
  }
  return index < regions.size() && (regions[index].protection & kWrite) != 0 &&
         regions[index].begin - address <= kGuard;
}

MemoryLimits memory_limits() {
  MutexLock lock(mutex);
  return {limit(), used};
}

size_t describe_memory_map(char* out, size_t capacity) {
  MutexLock lock(mutex);
  size_t size = 0;
  for (size_t i = 0; i < regions.size(); ++i) {
    const Region& region = regions[i];
    if (region.kind == RegionKind::kKernel) continue;
    Text<128> line;
    line.hexadecimal(region.begin, 12, "").add("-").hexadecimal(region.end, 12, "").add(" ");
    line.add((region.protection & kRead) != 0 ? "r" : "-").add((region.protection & kWrite) != 0 ? "w" : "-");
    line.add((region.protection & kExecute) != 0 ? "xp 00000000 00:00 0 " : "-p 00000000 00:00 0 ");
    switch (region.kind) {
      case RegionKind::kProgram:
        line.add("/proc/self/exe\n");
        break;
      case RegionKind::kBreak:
        line.add("[heap]\n");
        break;
      case RegionKind::kStack:
        line.add("[stack]\n");
        break;
      default:
        line.add("\n");
    }
    if (size + line.view().size() <= capacity)
      __builtin_memcpy(out + size, line.view().data(), line.view().size());
    size += line.view().size();
  }
  return size;
}

}  // namespace strongroom::kernel
