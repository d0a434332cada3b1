#include "kernel/call_area.h"

#include "arch/own_calls.h"
#include "kernel/boot.h"
#include "kernel/port/vm_layout.h"

namespace strongroom::kernel {
namespace {
constinit uint64_t area_address = 0;
constinit uint64_t area_size = 0;

// In a virtual machine nothing else lies where the largest area ends.
static_assert(kVmExchanges + arch::kMaximumThreads * kExchangeSize + arch::kMaximumCallArea <= kVmPageTable);
}  // namespace

void find_call_area(uint64_t exchanges) {
  area_address = 0;
  area_size = 0;
  // Read once: what is checked is what is used.
  const uint64_t pages =
      __atomic_load_n(&reinterpret_cast<const Exchange*>(exchanges)->arguments[0], __ATOMIC_RELAXED);
  if (pages > arch::kMaximumCallArea / arch::kPageSize) return;
  const uint64_t size = pages * arch::kPageSize;
  const uint64_t address = exchanges + image_header().thread_count * kExchangeSize;
  const uint64_t end = address + size;
  if (end < address) return;
  if (address < enclave_end() && end > enclave_base()) return;
  area_address = address;
  area_size = size;
}

uint64_t call_area_address() {
  return area_address;
}
uint64_t call_area_size() {
  return area_size;
}

bool is_call_word(uint64_t address) {
  return address % sizeof(uint32_t) == 0 && address >= area_address && address - area_address < area_size;
}

}  // namespace strongroom::kernel
