#include "tee/private_memory_offer.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "tee/kvm_constants.h"

namespace strongroom::tee {
namespace {

bool has_type(unsigned types) {
  return (types & 1u << kKvmSoftwareProtectedVm) != 0;
}

}  // namespace

bool PrivateMemoryOffer::complete() const {
  return has_type(vm_types) && user_memory2 != 0 && guest_memfd != 0 &&
         (memory_attributes & kKvmMemoryAttributePrivate) != 0;
}

PrivateMemoryOffer ask_for_private_memory(int kvm) {
  const auto ask = [kvm](int capability) {
    return static_cast<unsigned>(std::max(0, ioctl(kvm, KVM_CHECK_EXTENSION, capability)));
  };
  PrivateMemoryOffer offer;
  offer.vm_types = ask(kKvmCapVmTypes);
  if (!has_type(offer.vm_types)) return offer;
  offer.user_memory2 = ask(kKvmCapUserMemory2);
  offer.guest_memfd = ask(kKvmCapGuestMemfd);
  offer.memory_attributes = ask(kKvmCapMemoryAttributes);
  return offer;
}

Feature explain_private_memory(const PrivateMemoryOffer& offer) {
  if (offer.complete()) return {true, "KVM_X86_SW_PROTECTED_VM", ""};
  if (!has_type(offer.vm_types))
    return {false, "KVM offers no virtual machines of type KVM_X86_SW_PROTECTED_VM", ""};
  if (offer.user_memory2 == 0 || offer.guest_memfd == 0)
    return {false, "KVM_CAP_GUEST_MEMFD or KVM_CAP_USER_MEMORY2 is missing", ""};
  return {false, "KVM_CAP_MEMORY_ATTRIBUTES offers no private memory", ""};
}

}  // namespace strongroom::tee
