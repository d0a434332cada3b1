// What instructions that take a SECINFO or a TCS page check of it, beside the rules in arch/page.h.
#pragma once

#include "arch/fixed_bytes.h"
#include "arch/page.h"
#include "arch/tcs.h"

namespace strongroom::sgx {

constexpr uint32_t permissions(const arch::Secinfo& secinfo) {
  return static_cast<uint32_t>(secinfo.flags & arch::kSecinfoPermissions);
}

// The fields of CET are reserved where CET is not supported.
inline bool has_reserved(const arch::Tcs& tcs) {
  return tcs.cet_ssa_offset != 0 || tcs.previous_ssp != 0 || !arch::all_zero(tcs.reserved);
}

// Segment limits of 32-bit enclaves end with a page.
constexpr bool has_page_limits(const arch::Tcs& tcs) {
  return (tcs.fs_limit & 0xfff) == 0xfff && (tcs.gs_limit & 0xfff) == 0xfff;
}

}  // namespace strongroom::sgx
