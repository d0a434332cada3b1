#include "core/xsave.h"

#include <algorithm>
#include <cstring>

namespace strongroom::sgx {
namespace {

constexpr size_t kMxcsrOffset = 24;
constexpr size_t kXmmOffset = 160;
constexpr size_t kXmmSize = 256;
constexpr size_t kBvOffset = kXsaveLegacySize;  // XSTATE_BV; XCOMP_BV and reserved bytes follow
constexpr uint64_t kInitialFcw = 0x37f;
constexpr uint64_t kUsesMxcsr = arch::kXfrmSse | arch::kXfrmAvx;

template <typename T>
T load(std::span<const uint8_t> area, size_t offset) {
  T value;
  std::memcpy(&value, area.data() + offset, sizeof(value));
  return value;
}
template <typename T>
void store(std::span<uint8_t> area, size_t offset, T value) {
  std::memcpy(area.data() + offset, &value, sizeof(value));
}

// Copies component `index` (0: x87, without MXCSR; 1: the XMM registers) where both images have room for it.
void copy_component(const XsaveLayout& layout, unsigned index, std::span<const uint8_t> from,
                    std::span<uint8_t> to) {
  const auto copy = [&](size_t offset, size_t size) {
    if (offset + size <= from.size() && offset + size <= to.size())
      std::memcpy(to.data() + offset, from.data() + offset, size);
  };
  if (index == 0) {
    copy(0, kMxcsrOffset);
    copy(32, kXmmOffset - 32);
  } else if (index == 1) {
    copy(kXmmOffset, kXmmSize);
  } else {
    copy(layout.components[index].offset, layout.components[index].size);
  }
}

void initialise_component(const XsaveLayout& layout, unsigned index, std::span<uint8_t> area) {
  const auto clear = [&](size_t offset, size_t size) {
    if (offset + size <= area.size()) std::memset(area.data() + offset, 0, size);
  };
  if (index == 0) {
    clear(0, kMxcsrOffset);
    clear(32, kXmmOffset - 32);
    store(area, 0, static_cast<uint16_t>(kInitialFcw));
  } else if (index == 1) {
    clear(kXmmOffset, kXmmSize);
  } else {
    clear(layout.components[index].offset, layout.components[index].size);
  }
}

}  // namespace

size_t XsaveLayout::size_of(uint64_t xfrm) const {
  size_t size = kXsaveMinimumSize;
  for (unsigned i = 2; i < kXsaveComponents; ++i) {
    if ((xfrm >> i & 1) != 0) size = std::max<size_t>(size, components[i].offset + components[i].size);
  }
  return size;
}

void xsave(const XsaveLayout& layout, uint64_t xfrm, std::span<const uint8_t> state,
           std::span<uint8_t> area) {
  const uint64_t in_use = load<uint64_t>(state, kBvOffset) & xfrm;
  std::memset(area.data() + kXsaveLegacySize, 0, kXsaveHeaderSize);
  for (unsigned i = 0; i < kXsaveComponents; ++i) {
    if ((in_use >> i & 1) != 0) copy_component(layout, i, state, area);
  }
  if ((xfrm & kUsesMxcsr) != 0) {
    store(area, kMxcsrOffset, load<uint32_t>(state, kMxcsrOffset));
    store(area, kMxcsrOffset + 4, load<uint32_t>(state, kMxcsrOffset + 4));
  }
  store(area, kBvOffset, in_use);
}

bool xrstor(const XsaveLayout& layout, uint64_t xfrm, std::span<const uint8_t> area,
            std::span<uint8_t> state) {
  const uint64_t saved = load<uint64_t>(area, kBvOffset);
  if ((saved & ~xfrm) != 0) return false;
  const auto rest = area.subspan(kBvOffset + 8, kXsaveHeaderSize - 8);
  if (std::any_of(rest.begin(), rest.end(), [](uint8_t byte) { return byte != 0; })) return false;
  const auto mxcsr = load<uint32_t>(area, kMxcsrOffset);
  if ((xfrm & kUsesMxcsr) != 0 && (mxcsr & kMxcsrReserved) != 0) return false;

  for (unsigned i = 0; i < kXsaveComponents; ++i) {
    if ((xfrm >> i & 1) == 0) continue;
    if ((saved >> i & 1) != 0) {
      copy_component(layout, i, area, state);
    } else {
      initialise_component(layout, i, state);
    }
  }
  if ((xfrm & kUsesMxcsr) != 0) store(state, kMxcsrOffset, mxcsr);
  store(state, kBvOffset, (load<uint64_t>(state, kBvOffset) & ~xfrm) | saved);
  return true;
}

void xinit(const XsaveLayout& layout, uint64_t xfrm, std::span<uint8_t> state) {
  for (unsigned i = 0; i < kXsaveComponents; ++i) {
    if ((xfrm >> i & 1) != 0) initialise_component(layout, i, state);
  }
  if ((xfrm & kUsesMxcsr) != 0) store(state, kMxcsrOffset, kInitialMxcsr);
  store(state, kBvOffset, load<uint64_t>(state, kBvOffset) & ~xfrm);
}

}  // namespace strongroom::sgx
