// Capabilities of KVM that Debian 12's <linux/kvm.h> (Linux 6.1) does not know yet. Source: Linux,
// include/uapi/linux/kvm.h.
#pragma once

namespace strongroom::tee {

inline constexpr int kKvmCapUserMemory2 = 231;
inline constexpr int kKvmCapMemoryAttributes = 233;
inline constexpr int kKvmCapGuestMemfd = 234;
inline constexpr int kKvmCapVmTypes = 235;
inline constexpr int kKvmCapPreFaultMemory = 236;
inline constexpr int kKvmCapGuestMemfdFlags = 244;

inline constexpr unsigned kGuestMemfdFlagMmap = 1u << 0;
inline constexpr unsigned kGuestMemfdFlagInitShared = 1u << 1;
inline constexpr unsigned kKvmMemoryAttributePrivate = 1u << 3;

// A type of virtual machine whose private memory the host's processes do not reach, while the hypervisor
// does.
inline constexpr unsigned kKvmSoftwareProtectedVm = 1;

inline constexpr unsigned kKvmExitMemoryFault = 39;

}  // namespace strongroom::tee
