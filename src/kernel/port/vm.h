// The port for the TEE "vm"; the functions are those of port.h.
#pragma once

#include "kernel/port/hosted.h"
#include "kernel/port/port.h"

namespace strongroom::kernel::port::vm {

void enter_thread(Thread& thread);
void transfer(Thread& thread);
using hosted::park;
using hosted::unpark;
using hosted::yield;
SpinPolicy spin_policy();
using hosted::start;
[[noreturn]] void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state);
bool protect(uint64_t address, uint64_t size, uint32_t protection);
void clear_touched(uint64_t address, uint64_t size);
bool clear_and_revoke(uint64_t address, uint64_t size);
using hosted::call_wait;
using hosted::clock;
inline bool resolve_fault(TrapFrame&) {
  return false;
}
processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf);

}  // namespace strongroom::kernel::port::vm
