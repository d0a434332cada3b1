#include "tee/vm/private_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "arch/page.h"
#include "kernel/port/vm_layout.h"
#include "tee/vm/describe_exit.h"
#include "tee/vm/memory.h"
#include "tee/vm/processor.h"

extern "C" const uint8_t strongroom_boot[];

namespace strongroom::tee::vm {
namespace {

using namespace strongroom::kernel;
using arch::kPageSize;

constexpr uint64_t kEntries = 512;
constexpr uint64_t kLargePage = kEntries * kPageSize, kGigabyte = kEntries * kLargePage;
constexpr uint64_t kLargePageBit = 1u << 7;  // PS: Intel SDM volume 3A, table 4-18
static_assert(kVmPort == 0xe1, "boot.S has the number");
constexpr uint64_t kTableBits = kPagePresent | kPageWritable | kPageAccessed;

uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

std::vector<ByteRange> whole_pages(std::vector<ByteRange> ranges) {
  std::erase_if(ranges, [](const ByteRange& range) { return range.begin == range.end; });
  std::ranges::sort(ranges, {}, &ByteRange::begin);
  std::vector<ByteRange> pages;
  for (const ByteRange& range : ranges) {
    const uint64_t begin = range.begin / kPageSize * kPageSize, end = round_up(range.end, kPageSize);
    if (!pages.empty() && begin <= pages.back().end)
      pages.back().end = std::max(pages.back().end, end);
    else
      pages.push_back({begin, end});
  }
  return pages;
}

uint64_t IdentityTables::most_bytes(std::span<const CopyRange> ranges) {
  // A directory for each gigabyte, a directory of those for each 512, and the root; two more for the tables'.
  uint64_t tables = 1 + 2;
  for (const CopyRange& range : ranges) tables += 2 * (2 * (range.size / kGigabyte + 2));
  return tables * kPageSize;
}

uint64_t* IdentityTables::table(uint64_t physical) const {
  return reinterpret_cast<uint64_t*>(memory_.data() + (physical - physical_));
}

void IdentityTables::map(uint64_t begin, uint64_t size) {
  for (uint64_t page = begin / kLargePage * kLargePage; page < begin + size; page += kLargePage) {
    uint64_t* entries = table(root());
    for (const int shift : {39, 30}) {
      uint64_t& entry = entries[page >> shift & (kEntries - 1)];
      if (entry == 0) {
        entry = (physical_ + used_) | kTableBits;
        used_ += kPageSize;
      }
      entries = table(entry & ~(kPageSize - 1));
    }
    entries[page >> 21 & (kEntries - 1)] = page | kTableBits | kPageDirty | kLargePageBit;
  }
}

Result<void> copy_in_guest(VirtualMachine& machine, VirtualProcessor& processor, uint32_t slot,
                           std::span<const CopyRange> ranges) {
  // The code, the list, the tables.
  const uint64_t list = kPageSize, list_size = (ranges.size() + 1) * sizeof(CopyRange);
  const uint64_t tables = list + round_up(list_size, kPageSize);
  const Mapping memory = TRY(Mapping::reserve(tables + IdentityTables::most_bytes(ranges)));
  std::memcpy(memory.bytes().data(), strongroom_boot, kPageSize);
  std::memcpy(memory.bytes().data() + list, ranges.data(), ranges.size_bytes());
  IdentityTables identity(memory.bytes().subspan(tables), kVmBootPhysical + tables);
  identity.map(kVmBootPhysical, tables);
  for (const CopyRange& range : ranges) {
    identity.map(range.to, range.size);
    identity.map(range.from, range.size);
  }
  // Writable: some processors take every look at a page table for a write (AMD64 APM volume 2, "Nested
  // Paging").
  TRY(machine.add_memory(slot, kVmBootPhysical, memory.bytes()));
  TRY(prepare_in_ring0(processor, identity.root(), kVmBootPhysical, kVmBootPhysical + list));
  while (!TRY(processor.run())) processor.state().immediate_exit = 0;
  const kvm_run& run = processor.state();
  if (run.exit_reason != KVM_EXIT_IO || run.io.port != kVmPort)
    return fail(ErrorCode::kInternal,
                "the virtual machine cannot load its private memory: " + describe_exit(processor));
  return machine.remove_memory(slot);
}

}  // namespace strongroom::tee::vm
