// One thread of the program, and its place in the enclave. A Thread stands at the top of the kernel stack of
// its slot, and the GS base of the processor that runs it points to it for as long as it runs.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "kernel/host_interface.h"
#include "kernel/spin_lock.h"
#include "kernel/trap_frame.h"

namespace strongroom::kernel {

struct SignalStack {
  uint64_t base;
  int32_t flags;
  uint64_t size;
};

// The XSAVE area, in the standard format, of x87, SSE, AVX and AVX-512 (Intel SDM volume 1, section 13.5),
// rounded up to 64.
inline constexpr uint64_t kLargestExtendedState = 2688;

struct Thread {
  // The first fields are known to entry.S by their offsets.
  Thread* self;
  uint64_t user_rsp;     // where entry code keeps the program's rsp while it has no stack
  uint64_t kernel_rsp;   // what entry code loads into rsp
  uint64_t resume_rip;   // where resume jumps to
  uint64_t port_block;   // vm: the exception record of this processor, read-only; sgx: the Slot
  uint64_t scratch[11];  // vm: a stack for the first pushes of the exception entry

  Exchange* exchange;
  uint32_t slot;
  int32_t id;        // what gettid answers: 1 is the first thread; unique for the life of the enclave
  TrapFrame* frame;  // of the system call that the thread is in
  std::atomic<uint32_t> park_token;
  uint32_t spin_credit;  // futex.cc: how well spinning has paid lately
  uint32_t waits;
  uint64_t clear_child_tid;  // zeroed and woken at the thread's end (CLONE_CHILD_CLEARTID)
  uint64_t robust_list;
  uint64_t robust_list_size;
  std::atomic<uint64_t> signal_mask;      // other threads read it, to choose who takes a signal
  std::atomic<uint64_t> awaited_signals;  // by rt_sigtimedwait
  uint64_t mask_to_restore;               // when the system call ends, where has_mask_to_restore
  bool has_mask_to_restore;
  std::atomic<uint64_t> pending_signals;
  SignalStack signal_stack;
  // Where the program's x87 and vector registers are while the thread is in the kernel: an XSAVE area in the
  // standard format, or nullptr when they are still in the processor.
  uint8_t* extended_state;
  uint64_t extended_state_size;
  void* waiting;  // futex.cc: where this thread waits
  SpinLock waiting_lock;
  char name[16];

  uint64_t start_ns;  // clock.cc: when it started

  // What a new thread starts with: a task of the kernel's own, or else the program.
  void (*start_task)();
  TrapFrame start_frame;
  uint64_t start_fs_base;
  uint32_t start_mxcsr;
  uint16_t start_fpu_control;
};

inline constexpr uint64_t kThreadAreaSize = 1024;
static_assert(sizeof(Thread) <= kThreadAreaSize);
static_assert(offsetof(Thread, user_rsp) == 8);
static_assert(offsetof(Thread, kernel_rsp) == 16);
static_assert(offsetof(Thread, resume_rip) == 24);
static_assert(offsetof(Thread, port_block) == 32);
static_assert(offsetof(Thread, exchange) == 128);
// scripts/strongroom_gdb/enclave.py knows these.
static_assert(offsetof(Thread, id) == 140);
static_assert(offsetof(Thread, frame) == 144);

inline Thread& current_thread() {
  Thread* thread;
  asm("mov %%gs:0, %0" : "=r"(thread));
  return *thread;
}

// The thread area of a slot, whether or not a thread runs there.
Thread& thread_of_slot(uint32_t slot);
uint32_t slot_count();
bool slot_runs(uint32_t slot);
// Takes a free slot and initialises its thread area; nullptr when all are taken.
Thread* claim_thread();
// Gives back a slot that claim_thread() gave and no thread ever ran on.
void abandon_thread(Thread& thread);
// One that claim_thread() gave runs for the kernel, and keeps no program alive: the enclave ends with the
// last of the others.
void count_kernel_thread();
// How many threads run, those of the kernel among them.
uint32_t running_threads();
// A running thread for which `matches` holds, or nullptr.
template <typename Predicate>
Thread* find_thread(const Predicate& matches) {
  for (uint32_t slot = 0; slot < slot_count(); ++slot)
    if (slot_runs(slot) && matches(thread_of_slot(slot))) return &thread_of_slot(slot);
  return nullptr;
}
// The running thread with this id, or nullptr.
Thread* find_thread(int32_t id);

// Where every thread of every port begins to run kernel code: `boot` for slot 0, then the program.
[[noreturn]] void start_thread(Thread& thread);
// Ends the calling thread: what CLONE_CHILD_CLEARTID and robust lists ask for, then the port's end. The last
// one ends the enclave with `status`.
[[noreturn]] void end_thread(int32_t status);

}  // namespace strongroom::kernel
