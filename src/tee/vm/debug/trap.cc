#include "tee/vm/debug/trap.h"

#include <algorithm>
#include <cstring>

#include "arch/page.h"
#include "tee/vm/debug/stub_layout.h"
#include "tee/vm/stub_layout.h"

extern "C" const uint8_t strongroom_debug_stub[];

namespace strongroom::tee::vm::debug {
namespace {

// The record ends the data page (kernel/port/vm_layout.h).
struct Record {
  uint64_t address, vector, error, rip, cs, rflags, rsp, ss;
};
constexpr uint64_t kRecord = 2 * arch::kPageSize - sizeof(Record);  // in the block

}  // namespace

void install_stub(std::span<uint8_t> block) {
  std::copy(strongroom_debug_stub + STUB_COMMON, strongroom_debug_stub + STUB_VECTORS,
            block.data() + STUB_COMMON);
}

bool is_trap(const kvm_run& run) {
  return run.exit_reason == KVM_EXIT_IO && run.io.direction == KVM_EXIT_IO_OUT &&
         run.io.port == STUB_DEBUG_PORT;
}

Trap take_trap(std::span<const uint8_t> block, kvm_regs& registers) {
  Record record;
  std::memcpy(&record, block.data() + kRecord, sizeof record);
  registers.rip = record.rip;
  registers.rflags = record.rflags;
  registers.rsp = record.rsp;
  return {static_cast<kernel::TrapCause>(record.vector), record.error, record.address};
}

Result<void> leave_trap(VirtualProcessor& processor, std::span<uint8_t> block, uint64_t block_address,
                        kvm_regs registers, bool delivers) {
  Record record;
  std::memcpy(&record, block.data() + kRecord, sizeof record);
  record.rip = registers.rip;
  record.rflags = registers.rflags;
  record.rsp = registers.rsp;
  std::memcpy(block.data() + kRecord, &record, sizeof record);
  constexpr uint64_t kRing0Flags = 0x2;
  registers.rip = block_address + (delivers ? STUB_DEBUG_PASS : STUB_DEBUG_RETURN);
  registers.rflags = kRing0Flags;
  registers.rsp = block_address + kRecord + offsetof(Record, rip);
  return processor.set_registers(registers);
}

}  // namespace strongroom::tee::vm::debug
