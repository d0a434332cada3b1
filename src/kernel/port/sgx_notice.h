// What the port "sgx" does of AEX-Notify: images with `aex_notify` (arch::kImageAexNotify).
//
// A thread that was interrupted, and had asked for it in its first save frame (GPRSGX.AEXNOTIFY), is not
// resumed by ERESUME: the processor enters it at its entry point with CSSA 1. The handler there is to make
// the pages and lines near that the interrupted instruction needs, so that the next interrupt cannot be timed
// to come right after it; then it gives up its frame (EDECCSSA) and jumps to the instruction. From EDECCSSA
// to that jump an interrupt leads here again, and all of it is done anew from what was kept in Interrupted:
// no host can step through it.
//
// The instruction's own page, its stack and its operands are found without branches on them (sgx_operand.h),
// since what runs before EDECCSSA can be stepped through, and seen.
//
// After "AEX-Notify: Thwarting Precise Single-Stepping Attacks through Interrupt Awareness for Intel SGX
// Enclaves" (USENIX Security 2023), whose handler warms the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/ssa.h"
#include "kernel/thread.h"

namespace strongroom::kernel::port::sgx {

enum class Notice : uint32_t {
  kGoOn = 0,     // to the interrupted instruction
  kClaimed = 1,  // the host reports an exception: sgx_exception.h
  kRepeat = 2,   // making near has faulted, and will not be tried again: ERESUME
  kRefuse = 3,
};

inline constexpr size_t kNear = 5;

// Where the thread goes on. Behind its Thread, for sgx_notice.S knows it by GS.
struct Interrupted {
  uint64_t registers[16];  // RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15, as in GPRSGX
  uint64_t rflags;
  uint64_t rip;
  uint64_t near_return;  // a RET in the page of rip
  uint64_t near_code;    // a byte of the instruction
  uint64_t near_read[kNear];
  uint64_t near_write[kNear];
};
inline constexpr size_t kInterruptedOffset = 768;
static_assert(sizeof(Thread) <= kInterruptedOffset);
static_assert(kInterruptedOffset + sizeof(Interrupted) <= kThreadAreaSize);
static_assert(offsetof(Interrupted, rflags) == 128);
static_assert(offsetof(Interrupted, rip) == 136);
static_assert(offsetof(Interrupted, near_return) == 144);
static_assert(offsetof(Interrupted, near_code) == 152);
static_assert(offsetof(Interrupted, near_read) == 160);
static_assert(offsetof(Interrupted, near_write) == 200);

}  // namespace strongroom::kernel::port::sgx
