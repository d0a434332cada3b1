// Linux's KVM, typed (Linux Documentation/virt/kvm/api.rst). Errors name the ioctl.
#pragma once

#include <linux/kvm.h>

#include <array>
#include <span>
#include <vector>

#include "base/file.h"

namespace strongroom::tee::vm {

// The XSAVE area in the standard format, with what KVM switches on for everybody (KVM_GET_XSAVE).
using ExtendedState = std::array<uint8_t, 4096>;

// One virtual processor. Its methods belong to the thread that runs it.
class VirtualProcessor {
 public:
  static Result<VirtualProcessor> create(int kvm, int machine, uint32_t id);
  VirtualProcessor(VirtualProcessor&&) noexcept;
  VirtualProcessor& operator=(VirtualProcessor&&) noexcept;
  ~VirtualProcessor();

  Result<void> set_cpuid(std::span<const kvm_cpuid_entry2> entries);
  Result<void> set_msrs(std::span<const kvm_msr_entry> entries);
  Result<void> set_xcr0(uint64_t value);
  // Lets the guest see this machine's timestamp counter as it is. KVM begins each guest's at zero where the
  // processor can shift it.
  Result<void> share_timestamp();
  Result<kvm_sregs> special_registers();
  Result<void> set_special_registers(const kvm_sregs& registers);
  Result<kvm_regs> registers();
  Result<void> set_registers(const kvm_regs& registers);
  Result<ExtendedState> extended_state();
  Result<void> set_extended_state(const ExtendedState& state);
  // Queues a non-maskable interrupt, which arrives before the next instruction of the guest.
  Result<void> inject_nmi();
  // Enters the guest. False when a signal or `immediate_exit` ended the run before an exit of the guest did.
  // describe_exit.h tells what the state says after one.
  Result<bool> run();
  [[nodiscard]] kvm_run& state() { return *run_; }

 private:
  VirtualProcessor(FileDescriptor file, kvm_run* run, size_t size)
      : file_(std::move(file)), run_(run), size_(size) {}
  FileDescriptor file_;
  kvm_run* run_ = nullptr;
  size_t size_ = 0;
};

class VirtualMachine {
 public:
  // With private memory where the machine offers it (private_memory_offer.h) and it is wanted.
  static Result<VirtualMachine> create(bool wants_private_memory = false);
  // Whether create_guest_memory() makes private memory.
  [[nodiscard]] bool has_private_memory() const { return private_memory_; }

  // 0 where it does not exist.
  int capability(long number);
  // Guest-physical memory backed by `host` (page aligned, outlives the machine).
  Result<void> add_memory(uint32_t slot, uint64_t physical, std::span<uint8_t> host, bool read_only = false);
  // The slot's memory is the guest's no more.
  Result<void> remove_memory(uint32_t slot);
  // Memory that is the guest's alone: no process has it mapped unless it maps the descriptor, which cannot be
  // where it is private. kUnsupported where the machine does not have it.
  Result<FileDescriptor> create_guest_memory(uint64_t size);
  // From `offset` on, as much as there are `addresses`.
  Result<void> add_guest_memory(uint32_t slot, uint64_t physical, int guest_memory, uint64_t offset,
                                std::span<uint8_t> addresses);
  // Makes a part of slots of add_guest_memory() private: from now on the guest finds the guest_memfd there
  // and not `loading`.
  Result<void> make_private(uint64_t physical, uint64_t size);
  Result<VirtualProcessor> create_processor(uint32_t id);

 private:
  VirtualMachine(FileDescriptor kvm, FileDescriptor machine, bool private_memory)
      : kvm_(std::move(kvm)), machine_(std::move(machine)), private_memory_(private_memory) {}
  FileDescriptor kvm_;
  FileDescriptor machine_;
  bool private_memory_;
};

// Whether KVM here keeps page tables of its own for its guests, because the processor does not walk two sets
// by itself. Where it does, KVM maps ahead on request (Linux Documentation/virt/kvm/api.rst,
// KVM_PRE_FAULT_MEMORY) or offers private memory. Found out once.
bool keeps_page_tables();

// KVM_GET_SUPPORTED_CPUID: the processor features that this machine can give to a guest.
Result<std::vector<kvm_cpuid_entry2>> supported_cpuid();

}  // namespace strongroom::tee::vm
