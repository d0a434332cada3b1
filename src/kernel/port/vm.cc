#include "kernel/port/vm.h"

#include "kernel/boot.h"
#include "kernel/call_area.h"
#include "kernel/host_call.h"
#include "kernel/port/host_facts.h"
#include "kernel/port/port.h"
#include "kernel/port/vm_layout.h"
#include "kernel/processor.h"

extern "C" {
void strongroom_vm_call();
void strongroom_vm_flush();
[[noreturn]] void strongroom_vm_exit(std::atomic<uint32_t>* slot_state);
}

namespace strongroom::kernel::port::vm {
namespace {

uint64_t entry_bits(uint32_t protection) {
  if (protection == arch::kNoAccess) return 0;
  return kPagePresent | kPageUser | kPageAccessed | ((protection & arch::kWrite) != 0 ? kPageWritable : 0) |
         ((protection & arch::kExecute) != 0 ? 0 : kPageNoExecute);
}

volatile uint64_t* first_entry(uint64_t address) {
  return reinterpret_cast<volatile uint64_t*>(kVmPageTable) + (address - enclave_base()) / arch::kPageSize;
}
// Makes an entry's page exist before it is read: else the first look at each page costs three faults in a
// hypervisor that keeps page tables of its own, one for a page of zeros, two for its replacement.
void claim(volatile uint64_t* entry) {
  asm volatile("lock orq $0, %0" : "+m"(*entry) : : "cc");
}
// Read-only pages of the image keep the address that the monitor gave them.
uint64_t physical(uint64_t address, uint64_t entry) {
  constexpr uint64_t kAddressBits = 0x000ffffffffff000;
  return (entry & kAddressBits) != 0 ? entry & kAddressBits : kVmEnclavePhysical + (address - enclave_base());
}

constinit std::atomic<uint32_t> provided_parts{0};

// The host is believed only that the memory is there: if it is not, the first touch ends the enclave.
bool have_memory(uint64_t address, uint64_t size) {
  const arch::ImageHeader& header = image_header();
  const uint64_t offset = address - enclave_base();
  const uint32_t parts = vm_parts(header.enclave_size, offset, offset + size) & ~vm_first_parts(header) &
                         ~provided_parts.load(std::memory_order_relaxed);
  if (parts == 0) return true;
  if (host_call(HostCall::kChangePages, static_cast<uint64_t>(PageChange::kProvide), offset, size) != 0)
    return false;
  provided_parts.fetch_or(parts, std::memory_order_relaxed);
  return true;
}

void flush() {
  strongroom_vm_flush();
  if (running_threads() > 1) host_call(HostCall::kFlush);
}

}  // namespace

void enter_thread(Thread& thread) {
  thread.port_block = kVmRecords + (thread.slot + 1) * kVmRecordSize;
}

void transfer(Thread&) {
  strongroom_vm_call();
}

// Leaving the machine and coming back costs so much that the try never costs much more.
SpinPolicy spin_policy() {
  return {.cycles = 60'000, .retry = 1};
}

void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state) {
  thread.exchange->call = static_cast<uint32_t>(HostCall::kThreadExit);
  strongroom_vm_exit(&slot_state);
}

bool protect(uint64_t address, uint64_t size, uint32_t protection) {
  volatile uint64_t* entry = first_entry(address);
  const uint64_t bits = entry_bits(protection);
  if (bits != 0 && !have_memory(address, size)) return false;
  bool tightened = false;
  claim(entry);
  for (uint64_t offset = 0; offset < size; offset += arch::kPageSize, ++entry) {
    if (reinterpret_cast<uint64_t>(entry) % arch::kPageSize == 0) claim(entry);
    const uint64_t old = *entry;
    tightened |= (old & kPagePresent) != 0 && ((old & kPageWritable & ~bits) != 0 || bits == 0);
    // The dirty bit stays, also while the page is inaccessible: it says that the page was ever written.
    *entry = physical(address + offset, old) | bits | (old & kPageDirty);
  }
  if (tightened) flush();
  return true;
}

void clear_touched(uint64_t address, uint64_t size) {
  volatile uint64_t* entry = first_entry(address);
  for (uint64_t offset = 0; offset < size; offset += arch::kPageSize, ++entry)
    if ((*entry & kPageDirty) != 0)
      __builtin_memset(reinterpret_cast<void*>(address + offset), 0, arch::kPageSize);
}

bool clear_and_revoke(uint64_t address, uint64_t size) {
  clear_touched(address, size);
  volatile uint64_t* entry = first_entry(address);
  for (uint64_t offset = 0; offset < size; offset += arch::kPageSize, ++entry) *entry = 0;
  flush();
  return true;
}

processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  return hosted::find_cpuid(*reinterpret_cast<const CpuidTable*>(kVmCpuidPage), leaf, subleaf);
}

}  // namespace strongroom::kernel::port::vm

extern "C" [[noreturn]] void strongroom_vm_main(uint64_t exchanges, uint32_t slot) {
  using namespace strongroom::kernel;
  if (slot == 0) {
    port::set_kind(port::Kind::kVm);
    find_call_area(exchanges);
    start_enclave(exchanges);
  }
  Thread& thread = thread_of_slot(slot);
  processor::set_gs_base(&thread);
  start_thread(thread);
}
