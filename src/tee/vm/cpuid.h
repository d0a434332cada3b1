// The processor features that a guest sees.
#pragma once

#include <linux/kvm.h>

#include <cstdint>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::tee::vm {

// The components of extended state that are switched on: x87, SSE, AVX, AVX-512. The enclave kernel saves no
// other.
inline constexpr uint64_t kExtendedState = 0xe7;

// From what KVM supports: takes away what belongs to a hypervisor's guests, to power management or to state
// that is not switched on, and adds the instructions of ring 3 that this processor has. Those run in a guest
// as they do outside, whatever a hypervisor says of them; a software hypervisor says too little.
std::vector<kvm_cpuid_entry2> guest_cpuid(std::vector<kvm_cpuid_entry2> supported);

// The same of what this machine's KVM supports, which is asked once.
Result<std::vector<kvm_cpuid_entry2>> own_guest_cpuid();

// Whether QEMU emulates this machine's processor (TCG), by the name that it gives itself in leaf 40000000H.
bool emulated_by_qemu();

}  // namespace strongroom::tee::vm
