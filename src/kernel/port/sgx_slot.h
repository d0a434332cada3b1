// What the entry code of the port "sgx" knows of each thread. It lies in measured memory, unlike the thread
// areas, because it decides what an entry by the host means.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "arch/image_header.h"
#include "arch/own_calls.h"
#include "kernel/thread.h"

namespace strongroom::kernel::port::sgx {

enum SlotState : uint64_t {
  kIdle = 0,
  kStart = 1,    // the next entry starts the slot's thread
  kRunning = 2,  // inside; or it has left by an asynchronous exit
  kCalled = 3,   // the next entry brings the answer of a host call
  kWaiting = 4,  // the next entry ends a wait in the call area
};

// Known to sgx_entry.S.
struct Slot {
  std::atomic<uint64_t> state;
  uint64_t rsp;  // of kCalled and kWaiting
  uint64_t host_rsp, host_rbp;
  uint64_t host_return;  // the instruction after the host's EENTER
  uint64_t reserved[3];
};
static_assert(sizeof(Slot) == 64);
static_assert(offsetof(Thread, port_block) == 32 && offsetof(Thread, pending_signals) == 224);
static_assert(static_cast<uint64_t>(arch::OwnCall::kCallWait) == 0x53520001);
static_assert(offsetof(arch::ImageHeader, flags) == 12 && arch::kImageAexNotify == 16);
static_assert(offsetof(arch::ImageHeader, tcs) == 112);
static_assert(offsetof(arch::ImageHeader, ssa) == 128);
static_assert(offsetof(arch::ImageHeader, ssa_frames) == 144);
static_assert(offsetof(arch::ImageHeader, ssa_frame_pages) == 148);
// TCS.OGSBASE is the last page of the kernel stack.
static_assert(arch::kPageSize - kThreadAreaSize == 3072);

extern "C" {
extern Slot strongroom_sgx_slots[arch::kMaximumThreads];
}

}  // namespace strongroom::kernel::port::sgx
