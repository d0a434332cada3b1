#include "tee/vm/processor.h"

#include <algorithm>
#include <cstring>

#include "kernel/port/vm_layout.h"
#include "kernel/thread.h"
#include "tee/vm/cpuid.h"
#include "tee/vm/stub_layout.h"

extern "C" const uint8_t strongroom_stub[];

namespace strongroom::tee::vm {
namespace {

using namespace strongroom::kernel;
using arch::kPageSize;

// Segment selectors, in the order that SYSCALL and SYSRET want (Intel SDM volume 3A, section 5.8.8).
[[maybe_unused]] constexpr uint16_t kKernelCode = 0x08, kKernelData = 0x10, kUserCode32 = 0x18,
                                    kUserData = 0x23, kUserCode = 0x2b, kTaskState = 0x30;
constexpr uint16_t kGdtSize = 0x40;
// The task state segment ends with the I/O permission bitmap: ring 3 may use one port, the call page's, and
// no other. A byte of ones ends it (Intel SDM volume 1, section 19.5.2).
constexpr uint16_t kIoBitmap = 104;
constexpr uint16_t kIoBitmapSize = kVmPort / 8 + 1 + 1;
constexpr uint16_t kTssSize = kIoBitmap + kIoBitmapSize;
static_assert(STUB_TSS + kTssSize <= STUB_SYSCALL_FRAME);
static_assert(STUB_CALL_PAGE == kVmCallPage);
constexpr uint32_t kVectors = 32;
constexpr uint64_t kRing3Flags = 0x2;  // interrupts stay off: there are none

constexpr uint64_t kCr0 =
    1u << 0 | 1u << 1 | 1u << 4 | 1u << 5 | 1u << 16 | 1u << 18 | 1u << 31;  // PE MP ET NE WP AM PG
constexpr uint64_t kCr4Base =
    1u << 5 | 1u << 9 | 1u << 10 | 1u << 16 | 1u << 18;  // PAE OSFXSR OSXMMEXCPT FSGSBASE OSXSAVE
constexpr uint64_t kCr4Umip = 1u << 11, kCr4Smep = 1u << 20, kCr4Smap = 1u << 21;
constexpr uint64_t kEfer = 1u << 0 | 1u << 8 | 1u << 10 | 1u << 11;  // SCE LME LMA NXE
constexpr uint32_t kMsrStar = 0xc0000081, kMsrLstar = 0xc0000082, kMsrFmask = 0xc0000084;
constexpr uint32_t kMsrMiscFeatures = 0x140;  // Intel's, and KVM's on every processor
constexpr uint64_t kCpuidFaults = 1;
constexpr uint64_t kSyscallClears = 0x47700;  // TF IF DF OF IOPL NT AC are cleared on entry to ring 0

struct InterruptFrame {
  uint64_t rip, cs, rflags, rsp, ss;
};

struct Gate {
  uint16_t offset_low;
  uint16_t selector;
  uint8_t stack;
  uint8_t type;
  uint16_t offset_middle;
  uint32_t offset_high;
  uint32_t reserved;
};
static_assert(sizeof(Gate) == 16);

void put(std::span<uint8_t> page, uint64_t offset, const auto& value) {
  std::memcpy(page.data() + offset, &value, sizeof value);
}

void write_gate(std::span<uint8_t> data, uint32_t vector, uint64_t handler, uint8_t stack, bool user) {
  constexpr uint8_t kInterruptGate = 0x8e, kFromRing3 = 0x60;
  const Gate gate{static_cast<uint16_t>(handler),
                  kKernelCode,
                  stack,
                  static_cast<uint8_t>(kInterruptGate | (user ? kFromRing3 : 0)),
                  static_cast<uint16_t>(handler >> 16),
                  static_cast<uint32_t>(handler >> 32),
                  0};
  put(data, STUB_IDT + vector * sizeof(Gate), gate);
}

// The accessed bit of each descriptor is set, so that the processor never writes here.
void write_segments(std::span<uint8_t> data, uint64_t data_address) {
  const uint64_t task_state = data_address + STUB_TSS;
  const uint64_t descriptors[] = {
      0,
      0x00af9b000000ffff,  // ring 0 code, 64 bits
      0x00cf93000000ffff,  // ring 0 data
      0x00cffb000000ffff,  // ring 3 code, 32 bits: SYSRET's layout wants its place
      0x00cff3000000ffff,  // ring 3 data
      0x00affb000000ffff,  // ring 3 code, 64 bits
      (kTssSize - 1) | (task_state & 0xffffff) << 16 | 0x8b0000000000 | (task_state >> 24 & 0xff) << 56,
      task_state >> 32,
  };
  static_assert(sizeof descriptors == kGdtSize);
  put(data, STUB_GDT, descriptors);
  put(data, STUB_TSS + 4, data_address + kPageSize);  // RSP0: the record of an exception ends the page
  put(data, STUB_TSS + 36, data_address + STUB_INTERRUPT_STACK);  // IST1
  put(data, STUB_TSS + 102, kIoBitmap);
  std::memset(data.data() + STUB_TSS + kIoBitmap, 0xff, kIoBitmapSize);
  data[STUB_TSS + kIoBitmap + kVmPort / 8] = static_cast<uint8_t>(~(1u << kVmPort % 8));
}

void write_block(std::span<uint8_t> block, uint64_t address, const KernelEntries& entries,
                 uint64_t thread_area) {
  constexpr uint32_t kNmi = 2, kBreakpoint = 3, kOverflow = 4, kInvalidOpcode = 6;
  std::memcpy(block.data(), strongroom_stub, kPageSize);
  const std::span<uint8_t> data = block.subspan(kPageSize);
  write_segments(data, address + kPageSize);
  for (uint32_t vector = 0; vector < kVectors; ++vector) {
    const uint64_t handler = vector == kNmi             ? STUB_NMI
                             : vector == kInvalidOpcode ? STUB_INVALID_OPCODE
                                                        : STUB_VECTORS + 16 * vector;
    write_gate(data, vector, address + handler, vector == kNmi ? 1 : 0,
               vector == kBreakpoint || vector == kOverflow);
  }
  put(data, STUB_SYSCALL_FRAME,
      InterruptFrame{entries.trapped_syscall, kUserCode, kRing3Flags, 0, kUserData});
  put(data, STUB_EXCEPTION_FRAME,
      InterruptFrame{entries.exception, kUserCode, kRing3Flags, thread_area + offsetof(Thread, exchange),
                     kUserData});
}

kvm_segment segment(uint16_t selector, uint8_t type, bool code, uint8_t ring) {
  kvm_segment out{};
  out.limit = 0xffffffff;
  out.selector = selector;
  out.type = type;
  out.present = 1;
  out.dpl = ring;
  out.db = code ? 0 : 1;
  out.s = 1;
  out.l = code ? 1 : 0;
  out.g = 1;
  return out;
}

// A task state segment in use is "busy" (AMD APM volume 2, table 4-6). QEMU's emulated processors look at the
// I/O permission bitmap only of one that is not, and keep what KVM gives them; so every host call would
// fault.
uint8_t task_state_type() {
  constexpr uint8_t kAvailable = 0x9, kBusy = 0xb;
  return emulated_by_qemu() ? kAvailable : kBusy;
}

const kvm_cpuid_entry2* find_leaf(std::span<const kvm_cpuid_entry2> entries, uint32_t leaf,
                                  uint32_t index = 0) {
  const auto found = std::ranges::find_if(entries, [&](const kvm_cpuid_entry2& e) {
    return e.function == leaf && ((e.flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) == 0 || e.index == index);
  });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

Result<VirtualProcessor> make_processor(VirtualMachine& machine, uint32_t slot,
                                        std::span<const kvm_cpuid_entry2> cpuid) {
  VirtualProcessor processor = TRY(machine.create_processor(slot));
  TRY(processor.set_cpuid(cpuid));
  TRY(processor.share_timestamp());
  return processor;
}

uint64_t thread_area_of(const arch::ImageHeader& header, uint64_t base, uint32_t slot) {
  return base + header.kernel_stacks.offset + (slot + 1) * header.kernel_stack_stride -
         kernel::kThreadAreaSize;
}

void write_ring0(const GuestMemory& memory, uint32_t slot, const KernelEntries& entries,
                 uint64_t thread_area) {
  write_block(memory.block(slot), vm_block(slot), entries, thread_area);
}

Result<void> prepare_in_ring0(VirtualProcessor& processor, uint64_t page_table_root, uint64_t code,
                              uint64_t argument) {
  kvm_sregs special = TRY(processor.special_registers());
  special.cr0 = kCr0;
  special.cr3 = page_table_root;
  special.cr4 = kCr4Base;
  special.efer = kEfer;
  special.cs = segment(kKernelCode, 0xb, true, 0);
  special.ss = special.ds = special.es = special.fs = special.gs = segment(kKernelData, 0x3, false, 0);
  TRY(processor.set_special_registers(special));
  kvm_regs registers{};
  registers.rip = code;
  registers.rbx = argument;
  registers.rflags = 0x2;
  TRY(processor.set_registers(registers));
  return {};
}

Result<void> prepare_processor(VirtualProcessor& processor, const GuestMemory& memory, uint32_t slot,
                               const KernelEntries& entries, uint64_t thread_area,
                               std::span<const kvm_cpuid_entry2> cpuid) {
  const uint64_t address = vm_block(slot);
  const uint64_t data = address + kPageSize;
  if (!memory.is_private()) write_ring0(memory, slot, entries, thread_area);

  const auto has = [&](uint32_t leaf, auto field, uint32_t bit) {
    const kvm_cpuid_entry2* entry = find_leaf(cpuid, leaf);
    return entry != nullptr && (entry->*field & 1u << bit) != 0;
  };
  kvm_sregs special = TRY(processor.special_registers());
  special.cr0 = kCr0;
  special.cr3 = memory.page_table_root();
  special.cr4 = kCr4Base | (has(7, &kvm_cpuid_entry2::ebx, 7) ? kCr4Smep : 0) |
                (has(7, &kvm_cpuid_entry2::ebx, 20) ? kCr4Smap : 0) |
                (has(7, &kvm_cpuid_entry2::ecx, 2) ? kCr4Umip : 0);
  special.efer = kEfer;
  special.cs = segment(kUserCode, 0xb, true, 3);
  special.ss = special.ds = special.es = special.fs = special.gs = segment(kUserData, 0x3, false, 3);
  special.gdt = {data + STUB_GDT, kGdtSize - 1, {}};
  special.idt = {data + STUB_IDT, kVectors * sizeof(Gate) - 1, {}};
  special.tr = {};
  special.tr.base = data + STUB_TSS;
  special.tr.limit = kTssSize - 1;
  special.tr.selector = kTaskState;
  special.tr.type = task_state_type();
  special.tr.present = 1;
  TRY(processor.set_special_registers(special));

  const kvm_cpuid_entry2* extended = find_leaf(cpuid, 0xd);
  TRY(processor.set_xcr0(extended == nullptr ? 3 : extended->eax & kExtendedState));
  std::vector<kvm_msr_entry> msrs{
      {kMsrStar, 0, static_cast<uint64_t>(kUserCode32) << 48 | static_cast<uint64_t>(kKernelCode) << 32},
      {kMsrLstar, 0, address + STUB_SYSCALL},
      {kMsrFmask, 0, kSyscallClears},
  };
  // To go on behind a CPUID, KVM has to find out how long it is where the processor does not say: in memory
  // that it cannot read. So the instruction faults instead, and the enclave kernel answers it.
  if (memory.is_private()) msrs.push_back({kMsrMiscFeatures, 0, kCpuidFaults});
  TRY(processor.set_msrs(msrs));

  kvm_regs registers{};
  registers.rip = entries.start;
  registers.rsp = thread_area;
  registers.rdi = kVmExchanges;
  registers.rsi = slot;
  registers.rflags = kRing3Flags;
  TRY(processor.set_registers(registers));
  return {};
}

}  // namespace strongroom::tee::vm
