// The threads that use enclaves: for each the processor's state, and an alternate signal stack, so that no
// signal is ever delivered on an enclave's stack. Records stand at fixed places, so that the first
// instructions of a signal handler find theirs by the stack pointer alone, while FS still belongs to the
// enclave.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>

#include "core/cpu.h"

namespace strongroom::sgx {

inline constexpr size_t kSlotSize = 128 * 1024;
inline constexpr size_t kSlots = 1024;

struct ThreadRecord {
  // Used by trampoline.S.
  uint64_t in_enclave;
  uint64_t host_fs;
  uint64_t host_gs;
  uint64_t enclave_fs;
  uint64_t enclave_gs;
  uint64_t selector;  // of Syscall User Dispatch: its first byte

  int thread_id;
  bool used;
  stack_t host_stack;  // what the program set by sigaltstack()
  Cpu cpu;
};
static_assert(offsetof(ThreadRecord, host_fs) == 8);
static_assert(offsetof(ThreadRecord, enclave_fs) == 24);
static_assert(offsetof(ThreadRecord, selector) == 40);
static_assert(sizeof(ThreadRecord) <= 4096);

// Reserves the records' memory; false where that fails.
bool reserve_thread_records();

// The calling thread's record: made, with its signal stack and Syscall User Dispatch, at the first call. Null
// where all records are in use. current_thread() never makes one.
ThreadRecord* enter_thread();
ThreadRecord* current_thread();

// After fork(): the child has one thread.
void reset_threads_after_fork();

// Makes every other thread that is inside this enclave since before its present epoch leave it once, as
// interrupts by other processors do; returns when all have. The driver's lock must not be held.
void interrupt_threads_inside(const EpcPage& secs);
int interrupt_signal();

}  // namespace strongroom::sgx
