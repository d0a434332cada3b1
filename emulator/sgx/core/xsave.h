// The XSAVE area in its standard form: what an asynchronous exit writes to the SSA, and what ERESUME loads.
// Intel SDM volume 1, chapter "Managing State Using the XSAVE Feature Set". Nothing here executes XSAVE: it
// works on images in memory.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "arch/attributes.h"

namespace strongroom::sgx {

inline constexpr size_t kXsaveLegacySize = 512;
inline constexpr size_t kXsaveHeaderSize = 64;
inline constexpr size_t kXsaveMinimumSize = kXsaveLegacySize + kXsaveHeaderSize;
inline constexpr size_t kXsaveMaximumSize = 4 * 4096;
inline constexpr uint32_t kInitialMxcsr = 0x1f80;
inline constexpr uint32_t kMxcsrReserved = 0xffff0000;
inline constexpr unsigned kXsaveComponents = 19;  // x87 to TILEDATA

// Where each extended component stands: CPUID leaf 0DH. The default is that of Intel's processors.
struct XsaveLayout {
  struct Component {
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  std::array<Component, kXsaveComponents> components = make_default();

  // Bytes of an area that holds `xfrm`.
  [[nodiscard]] size_t size_of(uint64_t xfrm) const;

 private:
  static constexpr std::array<Component, kXsaveComponents> make_default() {
    std::array<Component, kXsaveComponents> out{};
    out[2] = {576, 256};     // AVX
    out[3] = {960, 64};      // BNDREGS
    out[4] = {1024, 64};     // BNDCSR
    out[5] = {1088, 64};     // opmask
    out[6] = {1152, 512};    // ZMM_Hi256
    out[7] = {1664, 1024};   // Hi16_ZMM
    out[9] = {2688, 8};      // PKRU
    out[17] = {2752, 64};    // TILECFG
    out[18] = {2816, 8192};  // TILEDATA
    return out;
  }
};

// Saves the components `xfrm` of `state` in `area`; both in standard form, `area` of size_of(xfrm) bytes at
// least. A component that is not in `state` has its initial value.
void xsave(const XsaveLayout& layout, uint64_t xfrm, std::span<const uint8_t> state, std::span<uint8_t> area);

// Loads the components `xfrm` of `area` into `state`. False, with `state` unchanged, where XRSTOR raises #GP:
// components beyond xfrm, a compacted area, set reserved bytes of the header, reserved bits of MXCSR.
[[nodiscard]] bool xrstor(const XsaveLayout& layout, uint64_t xfrm, std::span<const uint8_t> area,
                          std::span<uint8_t> state);

// Puts the components `xfrm` of `state` in their initial configuration.
void xinit(const XsaveLayout& layout, uint64_t xfrm, std::span<uint8_t> state);

}  // namespace strongroom::sgx
