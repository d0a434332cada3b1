// What an enclave is allowed to be: ATTRIBUTES, XFRM, MISCSELECT and CET_ATTRIBUTES. Freestanding.
// Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures": tables "Layout of ATTRIBUTES
// Structure", "Bit Vector Layout of MISCSELECT Field of Extended Information".
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace strongroom::arch {

// ATTRIBUTES.FLAGS.
enum AttributeFlags : uint64_t {
  kAttributeInit = 1u << 0,   // EINIT has run; never in a SIGSTRUCT or in ECREATE's input
  kAttributeDebug = 1u << 1,  // the host may read and write the enclave's memory
  kAttributeMode64 = 1u << 2,
  kAttributeProvisionKey = 1u << 4,   // may ask for PROVISION_KEY and PROVISION_SEAL_KEY
  kAttributeEinitTokenKey = 1u << 5,  // may ask for EINITTOKEN_KEY
  kAttributeCet = 1u << 6,
  kAttributeKss = 1u << 7,  // key separation and sharing: CONFIGID, ISVFAMILYID, ISVEXTPRODID
  kAttributeAexNotify = 1u << 10,
};
inline constexpr uint64_t kAttributeKnownFlags = kAttributeInit | kAttributeDebug | kAttributeMode64 |
                                                 kAttributeProvisionKey | kAttributeEinitTokenKey |
                                                 kAttributeCet | kAttributeKss | kAttributeAexNotify;

// ATTRIBUTES.XFRM: the processor state that the enclave may use, in the bits of XCR0 (SDM volume 1, section
// "XSAVE-Supported Features and State-Component Bitmaps").
enum Xfrm : uint64_t {
  kXfrmX87 = 1u << 0,
  kXfrmSse = 1u << 1,
  kXfrmAvx = 1u << 2,
  kXfrmBndregs = 1u << 3,
  kXfrmBndcsr = 1u << 4,
  kXfrmOpmask = 1u << 5,
  kXfrmZmmHigh256 = 1u << 6,
  kXfrmHighZmm = 1u << 7,
  kXfrmPkru = 1u << 9,
  kXfrmTileConfig = 1u << 17,
  kXfrmTileData = 1u << 18,
};
inline constexpr uint64_t kXfrmLegacy = kXfrmX87 | kXfrmSse;  // must always be set
// All or none of each:
inline constexpr uint64_t kXfrmAvx512 = kXfrmOpmask | kXfrmZmmHigh256 | kXfrmHighZmm;
inline constexpr uint64_t kXfrmMpx = kXfrmBndregs | kXfrmBndcsr;
inline constexpr uint64_t kXfrmAmx = kXfrmTileConfig | kXfrmTileData;

// Whether XSETBV would take these bits (SDM volume 1, section "Enabling the XSAVE Feature Set").
constexpr bool is_legal_xfrm(uint64_t xfrm) {
  for (const uint64_t together : {kXfrmAvx512, kXfrmMpx, kXfrmAmx})
    if ((xfrm & together) != 0 && (xfrm & together) != together) return false;
  const bool avx512_without_avx = (xfrm & kXfrmAvx512) != 0 && (xfrm & kXfrmAvx) == 0;
  return (xfrm & kXfrmLegacy) == kXfrmLegacy && !avx512_without_avx;
}

struct Attributes {
  uint64_t flags;  // AttributeFlags
  uint64_t xfrm;   // Xfrm

  bool operator==(const Attributes&) const = default;
};
static_assert(sizeof(Attributes) == 16);
static_assert(offsetof(Attributes, xfrm) == 8);

constexpr Attributes operator&(const Attributes& a, const Attributes& b) {
  return {a.flags & b.flags, a.xfrm & b.xfrm};
}
constexpr Attributes operator|(const Attributes& a, const Attributes& b) {
  return {a.flags | b.flags, a.xfrm | b.xfrm};
}

// MISCSELECT: what is written to the MISC region of an SSA frame beside GPRSGX.
enum MiscSelect : uint32_t {
  kMiscExinfo = 1u << 0,  // address and error code of page faults and general protection faults
  kMiscCpinfo = 1u << 1,  // the same for control protection faults
};
inline constexpr uint32_t kMiscKnown = kMiscExinfo | kMiscCpinfo;

}  // namespace strongroom::arch
