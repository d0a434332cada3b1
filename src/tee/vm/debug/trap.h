// An exception of a debug enclave, between the ring 0 stub, which tells the monitor of it, and what happens
// next.
#pragma once

#include <span>

#include "kernel/trap_frame.h"
#include "tee/vm/kvm.h"

namespace strongroom::tee::vm::debug {

struct Trap {
  kernel::TrapCause vector{};
  uint64_t error = 0;
  uint64_t address = 0;  // of a page fault
};

// Makes ring 0 of a processor tell the monitor of exceptions. `block`: GuestMemory::block().
void install_stub(std::span<uint8_t> block);

// Whether the processor has left the guest for a Trap.
bool is_trap(const kvm_run& run);

// The trap; and `registers`, which are ring 0's, become those at the exception.
Trap take_trap(std::span<const uint8_t> block, kvm_regs& registers);

// Lets the processor go on with these registers: at their rip, or, with `delivers`, in the enclave kernel's
// exception handler, which finds them where the exception was. `block_address`: the block's in the guest.
Result<void> leave_trap(VirtualProcessor& processor, std::span<uint8_t> block, uint64_t block_address,
                        kvm_regs registers, bool delivers);

}  // namespace strongroom::tee::vm::debug
