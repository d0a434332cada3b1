// TCS, the control structure of one enclave thread. Freestanding.
// Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures", tables "Layout of Thread Control
// Structure (TCS)" and "Layout of TCS.FLAGS Field".
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::arch {

enum TcsFlags : uint64_t {
  kTcsDebugOptIn = 1u << 0,  // a debugger's: breakpoints and single steps inside. EADD clears it
  kTcsAexNotify = 1u << 1,
};

// Offsets are from the enclave's base.
struct Tcs {
  uint64_t state;              // 0: free for entry. EADD clears it
  uint64_t flags;              // TcsFlags
  uint64_t ssa_offset;         // OSSA: of the first SSA frame; whole pages
  uint32_t current_ssa_frame;  // CSSA: EADD clears it
  uint32_t ssa_frame_count;    // NSSA
  uint64_t entry_offset;       // OENTRY
  uint64_t aep;                // where an asynchronous exit lands in the host. EADD clears it
  uint64_t fs_base_offset;     // OFSBASE; whole pages
  uint64_t gs_base_offset;     // OGSBASE; whole pages
  uint32_t fs_limit;           // 32-bit mode only; the low 12 bits are all ones
  uint32_t gs_limit;
  uint64_t cet_ssa_offset;
  uint64_t previous_ssp;
  uint8_t reserved[4008];
};
static_assert(sizeof(Tcs) == 4096);
static_assert(offsetof(Tcs, state) == 0);
static_assert(offsetof(Tcs, flags) == 8);
static_assert(offsetof(Tcs, ssa_offset) == 16);
static_assert(offsetof(Tcs, current_ssa_frame) == 24);
static_assert(offsetof(Tcs, ssa_frame_count) == 28);
static_assert(offsetof(Tcs, entry_offset) == 32);
static_assert(offsetof(Tcs, aep) == 40);
static_assert(offsetof(Tcs, fs_base_offset) == 48);
static_assert(offsetof(Tcs, gs_base_offset) == 56);
static_assert(offsetof(Tcs, fs_limit) == 64);
static_assert(offsetof(Tcs, gs_limit) == 68);
static_assert(offsetof(Tcs, cet_ssa_offset) == 72);
static_assert(offsetof(Tcs, previous_ssp) == 80);
static_assert(offsetof(Tcs, reserved) == 88);

inline constexpr uint32_t kTcsSegmentLimit = 0xffffffff;  // for fs_limit and gs_limit

}  // namespace strongroom::arch
