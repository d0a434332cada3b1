// What every instruction that takes a SECINFO or a TCS page checks of it.
#pragma once

#include "arch/fixed_bytes.h"
#include "arch/page.h"
#include "arch/tcs.h"

namespace strongroom::sgx {

// Whether reserved bits of FLAGS or reserved bytes are set.
inline bool has_reserved(const arch::Secinfo& secinfo) {
  constexpr uint64_t kDefined = arch::kSecinfoPermissions | arch::kSecinfoPending | arch::kSecinfoModified |
                                arch::kSecinfoPermissionRestricted |
                                (uint64_t{0xff} << arch::kSecinfoTypeShift);
  return (secinfo.flags & ~kDefined) != 0 || !arch::all_zero(secinfo.reserved);
}

// Writable pages are readable.
inline bool has_consistent_permissions(const arch::Secinfo& secinfo) {
  return (secinfo.flags & arch::kSecinfoWrite) == 0 || (secinfo.flags & arch::kSecinfoRead) != 0;
}

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
