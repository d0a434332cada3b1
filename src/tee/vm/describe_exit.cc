#include "tee/vm/describe_exit.h"

#include <fmt/format.h>

#include <cstring>

#include "kernel/port/vm_layout.h"
#include "tee/kvm_constants.h"
#include "tee/vm/stub_layout.h"

namespace strongroom::tee::vm {
namespace {

// Newer than Debian 12's headers: Linux include/uapi/linux/kvm.h, kvm_run.memory_fault.
struct MemoryFault {
  uint64_t flags;
  uint64_t physical;
  uint64_t size;
};
constexpr uint64_t kFaultOfPrivateMemory = 1u << 3;

}  // namespace

std::string describe_memory_fault(const kvm_run& run) {
  MemoryFault fault;
  std::memcpy(&fault, run.padding, sizeof fault);
  return fmt::format("the virtual machine accessed address {:#x}, where KVM has no {} memory for it",
                     fault.physical, (fault.flags & kFaultOfPrivateMemory) != 0 ? "private" : "shared");
}

std::string describe_exit(VirtualProcessor& processor) {
  const kvm_run& run = processor.state();
  auto registers = processor.registers();
  const uint64_t rip = registers ? registers->rip : 0;
  switch (run.exit_reason) {
    case KVM_EXIT_SHUTDOWN:
      return fmt::format("the virtual machine shut down (triple fault), rip {:#x}", rip);
    case KVM_EXIT_INTERNAL_ERROR:
      return fmt::format("KVM cannot go on (internal error {}), rip {:#x}",
                         static_cast<unsigned>(run.internal.suberror), rip);
    case KVM_EXIT_FAIL_ENTRY:
      return fmt::format("KVM cannot enter the guest (reason {:#x})",
                         static_cast<uint64_t>(run.fail_entry.hardware_entry_failure_reason));
    case KVM_EXIT_IO:
      if (run.io.port == STUB_REFUSED_PORT)
        return fmt::format(
            "this hypervisor refuses port {:#x}, by which the enclave calls its host and which its task "
            "state "
            "segment permits; run it in another TEE",
            kernel::kVmPort);
      return fmt::format("the program accessed I/O port {:#x}", static_cast<unsigned>(run.io.port));
    case KVM_EXIT_MMIO:
      return fmt::format("the virtual machine accessed address {:#x}, which is no memory",
                         static_cast<uint64_t>(run.mmio.phys_addr));
    case kKvmExitMemoryFault:
      return describe_memory_fault(run);
    default:
      return fmt::format("KVM reported exit reason {}, rip {:#x}", static_cast<unsigned>(run.exit_reason),
                         rip);
  }
}

}  // namespace strongroom::tee::vm
