// A virtual processor as the enclave kernel's port "vm" wants to find it: in ring 3 of long mode, with ring
// 0's page prepared.
#pragma once

#include "tee/vm/cpuid.h"
#include "tee/vm/kvm.h"
#include "tee/vm/memory.h"

namespace strongroom::tee::vm {

// Addresses in the enclave that a processor starts with and that ring 0 passes on to.
struct KernelEntries {
  uint64_t start;            // strongroom_entry_vm
  uint64_t trapped_syscall;  // strongroom_gate_trapped_syscall
  uint64_t exception;        // strongroom_entry_vm_exception
};

// A new processor with these features. Apart from prepare_processor() because KVM refuses features for one
// that has run, and because it needs no memory: it can be made while that is loaded.
Result<VirtualProcessor> make_processor(VirtualMachine& machine, uint32_t slot,
                                        std::span<const kvm_cpuid_entry2> cpuid);

// Where the kernel's Thread of this slot lies in an enclave at `base`; its stack ends there.
uint64_t thread_area_of(const arch::ImageHeader& header, uint64_t base, uint32_t slot);

// Writes ring 0's pages of `slot`.
void write_ring0(const GuestMemory& memory, uint32_t slot, const KernelEntries& entries,
                 uint64_t thread_area);

// Prepares all registers, and ring 0's pages of `slot` where they are not private: the next run() enters the
// enclave kernel.
Result<void> prepare_processor(VirtualProcessor& processor, const GuestMemory& memory, uint32_t slot,
                               const KernelEntries& entries, uint64_t thread_area,
                               std::span<const kvm_cpuid_entry2> cpuid);

// Prepares the registers for code of ring 0 at `code` with `argument` in rbx. There are neither descriptor
// tables nor handlers: a fault of that code ends the virtual machine.
Result<void> prepare_in_ring0(VirtualProcessor& processor, uint64_t page_table_root, uint64_t code,
                              uint64_t argument);

}  // namespace strongroom::tee::vm
