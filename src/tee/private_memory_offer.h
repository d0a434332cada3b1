// Whether KVM offers virtual machines with private memory: memory that no process of the host can map or read
// by a descriptor (Linux Documentation/virt/kvm/api.rst, KVM_CAP_VM_TYPES, KVM_CAP_MEMORY_ATTRIBUTES,
// KVM_CAP_GUEST_MEMFD; Kconfig KVM_SW_PROTECTED_VM).
#pragma once

#include "tee/platform.h"

namespace strongroom::tee {

// What /dev/kvm answers to KVM_CHECK_EXTENSION.
struct PrivateMemoryOffer {
  unsigned vm_types = 0;
  unsigned user_memory2 = 0;
  unsigned guest_memfd = 0;
  unsigned memory_attributes = 0;

  // All that it takes. Pure.
  [[nodiscard]] bool complete() const;
};

// Asks only as far as the answer is not settled: a launch waits for this.
PrivateMemoryOffer ask_for_private_memory(int kvm);

// The same for people. Pure.
Feature explain_private_memory(const PrivateMemoryOffer& offer);

}  // namespace strongroom::tee
