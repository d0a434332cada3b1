// The registers of a program at the moment when it entered the kernel, whatever the cause.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::kernel {

// Why the kernel was entered. Values below 32 are the x86 exception vectors (Intel SDM volume 3A, table 6-1).
enum class TrapCause : uint64_t {
  kDivideError = 0,
  kDebug = 1,
  kBreakpoint = 3,
  kOverflow = 4,
  kBoundRange = 5,
  kInvalidOpcode = 6,
  kStackSegment = 12,
  kGeneralProtection = 13,
  kPageFault = 14,
  kFloatingPoint = 16,
  kAlignmentCheck = 17,
  kSimdFloatingPoint = 19,
  kSystemCall = 256,
};

// Laid out for entry.S, which pushes it from the end to the start.
struct TrapFrame {
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
  uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
  TrapCause cause;
  uint64_t error;    // the error code of the exception, where it has one
  uint64_t address;  // the address of a page fault
  uint64_t rip;
  uint64_t rflags;
  uint64_t rsp;
};
static_assert(sizeof(TrapFrame) == 168);
static_assert(offsetof(TrapFrame, cause) == 120);
static_assert(offsetof(TrapFrame, rip) == 144);

// Error code bits of a page fault (Intel SDM volume 3A, section 4.7).
enum PageFaultError : uint64_t { kFaultPresent = 1, kFaultWrite = 2, kFaultFetch = 16 };

}  // namespace strongroom::kernel
