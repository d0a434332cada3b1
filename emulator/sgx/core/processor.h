// What differs from one processor with SGX to another: what CPUID leaf 12H lists, the layout of the XSAVE
// area, and the secrets.
#pragma once

#include "arch/platform.h"
#include "core/xsave.h"

namespace strongroom::sgx {

// CR_SGX_ATTRIBUTES_MASK of every emulated processor. CET is not emulated.
inline constexpr uint64_t kSupportedAttributes = arch::kAttributeDebug | arch::kAttributeMode64 |
                                                 arch::kAttributeProvisionKey |
                                                 arch::kAttributeEinitTokenKey | arch::kAttributeKss;
inline constexpr unsigned kMaximumSizeBits32 = 31;  // enclaves are smaller than 2^31 bytes; never entered
inline constexpr unsigned kMaximumSizeBits64 = 36;

struct Processor {
  arch::Platform platform{};
  // CPUID leaf 12H, EAX bit 1: the leaves that change enclaves while they run. What else came with it is told
  // apart by MISCSELECT.
  bool sgx2 = true;
  uint32_t misc_select = arch::kMiscExinfo;
  // ATTRIBUTES.AEXNOTIFY and EDECCSSA, which CPUID tells apart and processors have together.
  bool aex_notify = false;
  uint64_t xfrm = arch::kXfrmLegacy;  // the vector state that there is
  XsaveLayout xsave{};
};

inline uint64_t supported_attributes(const Processor& processor) {
  return kSupportedAttributes | (processor.aex_notify ? uint64_t{arch::kAttributeAexNotify} : 0);
}

// Whether bits 63:47 are equal.
constexpr bool is_canonical(uint64_t address) {
  return static_cast<uint64_t>(static_cast<int64_t>(address << 16) >> 16) == address;
}

}  // namespace strongroom::sgx
