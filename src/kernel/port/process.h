// The port for the TEE "process"; the functions are those of port.h.
#pragma once

#include "kernel/port/port.h"

namespace strongroom::kernel::port::process {

void enter_thread(Thread& thread);
void transfer(Thread& thread);
bool park(Thread& thread, int64_t timeout_ns);
void unpark(Thread& thread);
void yield(Thread& thread);
SpinPolicy spin_policy();
bool start(Thread& thread);
[[noreturn]] void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state);
bool protect(uint64_t address, uint64_t size, uint32_t protection);
void clear_touched(uint64_t address, uint64_t size);
bool clear_and_revoke(uint64_t address, uint64_t size);
inline bool resolve_fault(TrapFrame&) {
  return false;
}
int64_t clock(bool realtime);
int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns);
processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf);

}  // namespace strongroom::kernel::port::process
