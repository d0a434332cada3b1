// How an SGX instruction ends: with a status in RAX, or with an exception.
#pragma once

#include <cstdint>
#include <tl/expected.hpp>

#include "arch/leaf.h"
#include "arch/ssa.h"

namespace strongroom::sgx {

enum class Access : uint8_t { kRead, kWrite, kExecute };

// Page fault error codes: Intel SDM volume 3A, section "Page-Fault Exceptions"; the SGX bit, volume 3D, table
// "Page Fault Error Codes".
enum PageFaultBits : uint32_t {
  kFaultPresent = 1u << 0,
  kFaultWrite = 1u << 1,
  kFaultUser = 1u << 2,
  kFaultFetch = 1u << 4,
  kFaultSgx = 1u << 15,  // refused by the EPCM, not by the page tables
};

struct Fault {
  arch::ExceptionVector vector;
  uint32_t error_code = 0;
  uint64_t address = 0;  // of a page fault

  bool operator==(const Fault&) const = default;
};

// A status that goes to RAX (kSuccess among them), or the exception that is raised instead.
using Outcome = tl::expected<arch::LeafStatus, Fault>;

constexpr uint32_t access_bits(Access access) {
  if (access == Access::kWrite) return kFaultWrite | kFaultUser;
  return access == Access::kExecute ? kFaultFetch | kFaultUser : kFaultUser;
}

inline tl::unexpected<Fault> general_protection() {
  return tl::unexpected<Fault>({.vector = arch::ExceptionVector::kGeneralProtection});
}
// A page fault for what the EPCM says of a page.
inline tl::unexpected<Fault> epcm_fault(uint64_t address, Access access = Access::kRead) {
  return tl::unexpected<Fault>({.vector = arch::ExceptionVector::kPageFault,
                                .error_code = kFaultPresent | kFaultSgx | access_bits(access),
                                .address = address});
}

}  // namespace strongroom::sgx
