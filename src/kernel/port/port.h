// What the kernel needs of the TEE that it runs in. One implementation a TEE, in process.cc, vm.cc and
// sgx.cc; port.cc chooses by the entry point through which the enclave was entered first, which a host cannot
// forge on hardware that measures entry points.
#pragma once

#include <cstdint>

#include "arch/key_request.h"
#include "arch/report_format.h"
#include "kernel/processor.h"
#include "kernel/result.h"
#include "kernel/thread.h"

namespace strongroom::kernel::port {

enum class Kind : uint32_t { kNone, kProcess, kVm, kSgx };

Kind kind();
// Once, before anything else of the port.
void set_kind(Kind kind);

// What each thread does first, on its own kernel stack.
void enter_thread(Thread& thread);
// Hands the thread's exchange to the host and returns when the host has answered.
void transfer(Thread& thread);
// Sleeps until unpark(thread), at most `timeout_ns` (< 0: no limit). False on timeout. May return early.
bool park(Thread& thread, int64_t timeout_ns);
void unpark(Thread& thread);
// Lets other threads run first.
void yield(Thread& thread);
// How a wait spins before it parks: for how many processor cycles (about what parking and being unparked
// cost; 0: not at all), and, after it has been in vain some times, at each how many-th wait (1: always).
struct SpinPolicy {
  uint64_t cycles;
  uint32_t retry;
};
SpinPolicy spin_policy();
// Makes a processor run start_thread(thread). False when the host has none to give.
bool start(Thread& thread);
// The calling thread's last act: tells the host, frees the slot (stores 0 to `slot_state`, or kSlotRetired
// where it cannot be used again) and stops, in this order as seen from outside.
inline constexpr uint32_t kSlotRetired = UINT32_MAX;
[[noreturn]] void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state);
// Makes pages accessible as arch::Protection says. Pages that were never accessible before are zero. False:
// the host refused.
bool protect(uint64_t address, uint64_t size, uint32_t protection);
// Zeroes those pages of a readable and writable range that were ever written.
void clear_touched(uint64_t address, uint64_t size);
// The same, and takes all access away.
bool clear_and_revoke(uint64_t address, uint64_t size);
// Whether the fault is dealt with: it was one of memory that the TEE gives when it is touched, or the port
// had it in its plan. Then the frame is to be resumed.
bool resolve_fault(TrapFrame& frame);
// Whether resolve_fault(), and the fixups of the kernel's own accesses, hear of every page fault. Where they
// may not, the kernel asks its memory map before it touches memory of the program.
bool reports_page_faults();
// Whether RDTSC is legal here. Where it is not, the kernel does not execute it, and spins nowhere.
bool has_timestamp();
// How much of the arena's end the port keeps for itself.
uint64_t reserved_arena();
// Nanoseconds of the realtime or the monotonic clock, as the host says.
int64_t clock(bool realtime);
// What arch::OwnCall::kCallWait says, for addresses in the call area or 0. 0 or a negated errno, which is the
// host's word.
int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns);
// The address of arch::OwnCall::kCallWaitFunction's, or 0.
uint64_t call_wait_function();
// EREPORT and EGETKEY by the processor: a LeafStatus (arch/leaf.h); ENODEV where no processor does them. The
// arguments are aligned as the instructions want them, and inside the enclave.
Result<uint64_t> report(const arch::TargetInfo& target, const uint8_t (&data)[64], arch::Report& out);
Result<uint64_t> key(const arch::KeyRequest& request, uint8_t (&out)[arch::kKeySize]);
// What CPUID answers, where the TEE lets the instruction through or not. The host's word, except in
// `process`.
processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf);

}  // namespace strongroom::kernel::port
