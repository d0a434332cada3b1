// Linux, Documentation/virt/kvm/api.rst.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "tee/kvm_constants.h"
#include "tee/platform_probe.h"
#include "tee/private_memory_offer.h"

namespace strongroom::tee {
namespace {

constexpr int kKvmApiVersion = 12;

Feature device_feature(FileDescriptor& device, FileDescriptor& machine) {
  device = FileDescriptor(open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!device.valid()) {
    const int error = errno;
    const std::string why = fmt::format("/dev/kvm: {}", strerror(error));
    if (error == EACCES || error == EPERM) return {false, why, "add this user to group kvm"};
    return {false, why,
            "enable virtualisation in the firmware (or nested virtualisation at the hypervisor) and load "
            "kvm_intel or kvm_amd"};
  }
  const int version = ioctl(device.get(), KVM_GET_API_VERSION, 0);
  if (version != kKvmApiVersion)
    return {false, fmt::format("KVM API {} instead of 12", version), "use a newer kernel"};
  machine = FileDescriptor(ioctl(device.get(), KVM_CREATE_VM, 0));
  if (!machine.valid())
    return {false, fmt::format("KVM_CREATE_VM: {}", strerror(errno)),
            "end other hypervisors on this machine"};
  return {true, "/dev/kvm", ""};
}

}  // namespace

Kvm probe_kvm(const Processor& processor) {
  Kvm kvm;
  FileDescriptor device, machine;
  kvm.device = device_feature(device, machine);
  if (!kvm.device.present) {
    kvm.user_memory2 = kvm.guest_memfd = kvm.private_memory = {false, "no /dev/kvm", ""};
    return kvm;
  }
  kvm.software = !processor.hardware_virtualisation;
  if (kvm.software) kvm.device.detail += ", a software hypervisor (neither VMX nor SVM)";

  const auto capability = [&](int number) { return ioctl(machine.get(), KVM_CHECK_EXTENSION, number); };
  if (capability(kKvmCapUserMemory2) > 0)
    kvm.user_memory2 = {true, "", ""};
  else
    kvm.user_memory2 = {false, "KVM_CAP_USER_MEMORY2 is missing", "use Linux 6.8 or newer"};

  kvm.guest_memfd_flags = static_cast<unsigned>(std::max(capability(kKvmCapGuestMemfdFlags), 0));
  constexpr unsigned kNeeded = kGuestMemfdFlagMmap | kGuestMemfdFlagInitShared;
  if (capability(kKvmCapGuestMemfd) > 0 && (kvm.guest_memfd_flags & kNeeded) == kNeeded)
    kvm.guest_memfd = {true, fmt::format("flags {:#x}", kvm.guest_memfd_flags), ""};
  else if (capability(kKvmCapGuestMemfd) > 0)
    kvm.guest_memfd = {false,
                       fmt::format("guest_memfd cannot be loaded (flags {:#x})", kvm.guest_memfd_flags),
                       "use Linux 6.18 or newer"};
  else
    kvm.guest_memfd = {false, "KVM_CAP_GUEST_MEMFD is missing", "use Linux 6.18 or newer"};

  kvm.private_memory = explain_private_memory(ask_for_private_memory(device.get()));
  return kvm;
}

}  // namespace strongroom::tee
