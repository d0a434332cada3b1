// Enclave pages: their types and permissions, SECINFO and PAGEINFO. Freestanding.
// Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures".
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/fixed_bytes.h"
#include "arch/image_header.h"

namespace strongroom::arch {

// Table "Supported PAGE_TYPE".
enum class PageType : uint8_t {
  kSecs = 0,
  kTcs = 1,
  kRegular = 2,
  kVersionArray = 3,
  kTrim = 4,
  kShadowStackFirst = 5,
  kShadowStackRest = 6,
};

// Table "Layout of SECINFO.FLAGS Field". R, W, X have the values of Protection in image_header.h.
enum SecinfoFlags : uint64_t {
  kSecinfoRead = 1u << 0,
  kSecinfoWrite = 1u << 1,
  kSecinfoExecute = 1u << 2,
  kSecinfoPending = 1u << 3,
  kSecinfoModified = 1u << 4,
  kSecinfoPermissionRestricted = 1u << 5,
};
inline constexpr uint64_t kSecinfoPermissions = kSecinfoRead | kSecinfoWrite | kSecinfoExecute;
inline constexpr unsigned kSecinfoTypeShift = 8;  // bits 15:8 are the PageType
static_assert(kSecinfoPermissions == uint64_t{kRead | kWrite | kExecute});

// Table "Layout of SECINFO Data Structure".
struct alignas(64) Secinfo {
  uint64_t flags;
  uint8_t reserved[56];
};
static_assert(sizeof(Secinfo) == 64);
static_assert(offsetof(Secinfo, reserved) == 8);

// The SECINFO of a page to add; `permissions` in the bits of Protection. A TCS page has none: its accesses
// are the processor's own.
constexpr Secinfo make_secinfo(PageType type, uint32_t permissions) {
  const uint64_t kept = type == PageType::kTcs ? 0 : permissions & kSecinfoPermissions;
  return {kept | (static_cast<uint64_t>(type) << kSecinfoTypeShift), {}};
}
constexpr PageType page_type(const Secinfo& secinfo) {
  return static_cast<PageType>((secinfo.flags >> kSecinfoTypeShift) & 0xff);
}

// Whether reserved bits of FLAGS or reserved bytes are set.
inline bool has_reserved(const Secinfo& secinfo) {
  constexpr uint64_t kDefined = kSecinfoPermissions | kSecinfoPending | kSecinfoModified |
                                kSecinfoPermissionRestricted | (uint64_t{0xff} << kSecinfoTypeShift);
  return (secinfo.flags & ~kDefined) != 0 || !all_zero(secinfo.reserved);
}

// Writable pages are readable.
constexpr bool has_consistent_permissions(const Secinfo& secinfo) {
  return (secinfo.flags & kSecinfoWrite) == 0 || (secinfo.flags & kSecinfoRead) != 0;
}

// Table "Layout of PAGEINFO Data Structure". Addresses, of the process that executes ENCLS.
struct alignas(32) Pageinfo {
  uint64_t linear_address;
  uint64_t source_page;
  uint64_t secinfo;  // of SECINFO, or of PCMD
  uint64_t secs;
};
static_assert(sizeof(Pageinfo) == 32);
static_assert(offsetof(Pageinfo, source_page) == 8);
static_assert(offsetof(Pageinfo, secinfo) == 16);
static_assert(offsetof(Pageinfo, secs) == 24);

}  // namespace strongroom::arch
