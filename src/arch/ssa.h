// The state save area: where an asynchronous exit puts a thread's registers. Freestanding.
//
// A frame has SECS.SSAFRAMESIZE pages: the XSAVE area at its start; GPRSGX at its end; the MISC region right
// below GPRSGX. Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures", table
// "Top-to-Bottom Layout of an SSA Frame".
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::arch {

// Table "Layout of EXITINFO Field". Only exceptions that software can handle inside are reported; else 0.
inline constexpr uint32_t kExitInfoVectorMask = 0xff;
inline constexpr unsigned kExitInfoTypeShift = 8;  // 3 bits
inline constexpr uint32_t kExitInfoTypeMask = 7u << kExitInfoTypeShift;
inline constexpr uint32_t kExitInfoValid = 1u << 31;
enum class ExitType : uint8_t { kHardwareException = 3, kSoftwareException = 6 };

// Table "Exception Vectors": those that EXITINFO reports. kPageFault and kGeneralProtection need
// MISCSELECT.EXINFO, kControlProtection needs MISCSELECT.CPINFO.
enum class ExceptionVector : uint8_t {
  kDivideError = 0,
  kDebug = 1,
  kBreakpoint = 3,
  kBoundRange = 5,
  kInvalidOpcode = 6,
  kGeneralProtection = 13,
  kPageFault = 14,
  kX87 = 16,
  kAlignmentCheck = 17,
  kSimd = 19,
  kControlProtection = 21,
};

// Table "Layout of GPRSGX Portion of the State Save Area".
struct Gprsgx {
  uint64_t rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t rflags;
  uint64_t rip;
  uint64_t host_rsp;   // URSP
  uint64_t host_rbp;   // URBP
  uint32_t exit_info;  // EXITINFO
  uint8_t reserved[3];
  uint8_t aex_notify;
  uint64_t fs_base;
  uint64_t gs_base;
};
static_assert(sizeof(Gprsgx) == 184);
static_assert(offsetof(Gprsgx, rax) == 0);
static_assert(offsetof(Gprsgx, rcx) == 8);
static_assert(offsetof(Gprsgx, rdx) == 16);
static_assert(offsetof(Gprsgx, rbx) == 24);
static_assert(offsetof(Gprsgx, rsp) == 32);
static_assert(offsetof(Gprsgx, rbp) == 40);
static_assert(offsetof(Gprsgx, rsi) == 48);
static_assert(offsetof(Gprsgx, rdi) == 56);
static_assert(offsetof(Gprsgx, r8) == 64);
static_assert(offsetof(Gprsgx, r15) == 120);
static_assert(offsetof(Gprsgx, rflags) == 128);
static_assert(offsetof(Gprsgx, rip) == 136);
static_assert(offsetof(Gprsgx, host_rsp) == 144);
static_assert(offsetof(Gprsgx, host_rbp) == 152);
static_assert(offsetof(Gprsgx, exit_info) == 160);
static_assert(offsetof(Gprsgx, aex_notify) == 167);
static_assert(offsetof(Gprsgx, fs_base) == 168);
static_assert(offsetof(Gprsgx, gs_base) == 176);

// Table "Layout of EXINFO Structure". It stands right below GPRSGX.
struct Exinfo {
  uint64_t address;     // of the fault; for #GP, 0
  uint32_t error_code;  // of a page fault: table "Page Fault Error Codes"
  uint32_t reserved;
};
static_assert(sizeof(Exinfo) == 16);
static_assert(offsetof(Exinfo, error_code) == 8);
static_assert(offsetof(Exinfo, reserved) == 12);

// Offsets in an SSA frame of `frame_bytes` bytes.
constexpr uint64_t gprsgx_offset(uint64_t frame_bytes) {
  return frame_bytes - sizeof(Gprsgx);
}
constexpr uint64_t exinfo_offset(uint64_t frame_bytes) {
  return gprsgx_offset(frame_bytes) - sizeof(Exinfo);
}

}  // namespace strongroom::arch
