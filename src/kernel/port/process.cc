#include "kernel/port/process.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "kernel/boot.h"
#include "kernel/call_area.h"
#include "kernel/clock.h"
#include "kernel/host_call.h"
#include "kernel/port/port.h"
#include "kernel/port/process_guardian.h"
#include "kernel/port/process_placement.h"
#include "kernel/port/process_signal.h"
#include "kernel/port/process_syscall.h"
#include "kernel/processor.h"
#include "kernel/spin_lock.h"

namespace strongroom::kernel::port::process {
namespace {

constexpr uint64_t kAddressSpaceEnd = 0x7ffffffff000;
// Thread::park_token: whether the thread sleeps in the host, so that a thread that is awake costs its waker
// nothing.
enum ParkState : uint32_t { kAwake, kToken, kAsleep };

struct CpuidAnswer {
  uint32_t leaf, subleaf;
  processor::Cpuid answer;
};
constexpr uint32_t kCacheAnswers = 8;
constinit SpinLock caches_lock;
constinit CpuidAnswer cache_answers[kCacheAnswers]{};
constinit uint32_t cache_answer_count = 0;

template <typename... Arguments>
long machine_call(long number, Arguments... arguments) {
  return strongroom_process_syscall(number, arguments...);
}

// All that is left of the loader goes: its code, its heap, the vDSO.
bool unmap_everything_else(uint64_t exchanges) {
  const uint64_t size = image_header().thread_count * kExchangeSize + call_area_size();
  const uint64_t first = exchanges < enclave_base() ? exchanges : enclave_base();
  const uint64_t first_end = exchanges < enclave_base() ? exchanges + size : enclave_end();
  const uint64_t second = exchanges < enclave_base() ? enclave_base() : exchanges;
  const uint64_t second_end = exchanges < enclave_base() ? enclave_end() : exchanges + size;
  const auto unmap = [](uint64_t begin, uint64_t end) {
    return begin >= end ||
           machine_call(SYS_munmap, static_cast<long>(begin), static_cast<long>(end - begin)) == 0;
  };
  return unmap(0, first) && unmap(first_end, second) && unmap(second_end, kAddressSpaceEnd);
}

bool wait_on_word(const void* word, int operation, uint32_t value, int64_t timeout_ns) {
  TimeSpec limit = to_timespec(timeout_ns);
  const long result = machine_call(SYS_futex, word, static_cast<long>(operation), static_cast<long>(value),
                                   timeout_ns < 0 ? nullptr : &limit, 0L);
  return result != -static_cast<long>(Errno::kTimedOut);
}

}  // namespace

void enter_thread(Thread& thread) {
  if (!enable_traps(thread))
    abort_enclave(AbortCause::kKernelDefect, "the machine refuses Syscall User Dispatch");
  if (thread.id == 1 && !install_filter())
    abort_enclave(AbortCause::kKernelDefect, "the machine refuses the seccomp filter");
  if (thread.id != 1) start_on_processor(thread.slot % processor_count());
}

void transfer(Thread& thread) {
  constexpr int kSpins = 200;
  std::atomic<uint32_t>& state = thread.exchange->state;
  state.store(static_cast<uint32_t>(ExchangeState::kCalled), std::memory_order_release);
  machine_call(SYS_futex, &state, static_cast<long>(FUTEX_WAKE), 1L, nullptr, 0L);
  for (int i = 0; i < kSpins; ++i) {
    if (state.load(std::memory_order_acquire) != static_cast<uint32_t>(ExchangeState::kCalled)) break;
    processor::pause();
  }
  while (state.load(std::memory_order_acquire) == static_cast<uint32_t>(ExchangeState::kCalled))
    wait_on_word(&state, FUTEX_WAIT, static_cast<uint32_t>(ExchangeState::kCalled), -1);
}

bool park(Thread& thread, int64_t timeout_ns) {
  uint32_t state = kAwake;
  if (!thread.park_token.compare_exchange_strong(state, kAsleep, std::memory_order_acq_rel)) {
    thread.park_token.store(kAwake, std::memory_order_relaxed);
    return true;
  }
  const bool in_time = wait_on_word(&thread.park_token, FUTEX_WAIT_PRIVATE, kAsleep, timeout_ns);
  thread.park_token.store(kAwake, std::memory_order_relaxed);
  return in_time;
}

void unpark(Thread& thread) {
  if (thread.park_token.exchange(kToken, std::memory_order_acq_rel) == kAsleep)
    machine_call(SYS_futex, &thread.park_token, static_cast<long>(FUTEX_WAKE_PRIVATE), 1L, nullptr, 0L);
}

void yield(Thread&) {
  machine_call(SYS_sched_yield);
}

SpinPolicy spin_policy() {
  return {.cycles = 20'000, .retry = 64};
}

bool start(Thread& thread) {
  if (host_call(HostCall::kThreadStart, thread.slot) != 0) return false;
  return strongroom_process_clone(kCloneFlags, thread.kernel_rsp, &thread) > 0;
}

void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state) {
  host_call(HostCall::kThreadExit);
  // The first thread traces the guardian, so it stays until all end; its slot is not used again.
  if (thread.id == 1) {
    slot_state.store(kSlotRetired, std::memory_order_release);
    while (true) wait_on_word(&thread.id, FUTEX_WAIT_PRIVATE, 1, -1);
  }
  strongroom_process_exit(&slot_state);
}

bool protect(uint64_t address, uint64_t size, uint32_t protection) {
  return machine_call(SYS_mprotect, static_cast<long>(address), static_cast<long>(size),
                      static_cast<long>(protection)) == 0;
}

void clear_touched(uint64_t address, uint64_t size) {
  constexpr uint64_t kPages = 512;
  uint8_t resident[kPages];
  while (size > 0) {
    const uint64_t piece = size < kPages * arch::kPageSize ? size : kPages * arch::kPageSize;
    if (machine_call(SYS_mincore, static_cast<long>(address), static_cast<long>(piece), resident) != 0)
      __builtin_memset(resident, 1, sizeof resident);
    for (uint64_t page = 0; page * arch::kPageSize < piece; ++page)
      if ((resident[page] & 1) != 0)
        __builtin_memset(reinterpret_cast<void*>(address + page * arch::kPageSize), 0, arch::kPageSize);
    address += piece;
    size -= piece;
  }
}

bool clear_and_revoke(uint64_t address, uint64_t size) {
  clear_touched(address, size);
  return protect(address, size, arch::kNoAccess);
}

int64_t clock(bool realtime) {
  TimeSpec now{};
  machine_call(SYS_clock_gettime, static_cast<long>(realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC), &now);
  return now.seconds * 1'000'000'000 + now.nanoseconds;
}

// The application waits on the same words, in its own mapping.
int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns) {
  const auto word = [](uint64_t address) { return reinterpret_cast<const void*>(address); };
  const auto processor_behind = [](uint64_t address) {
    return reinterpret_cast<uint32_t*>(address + sizeof(uint32_t));
  };
  if (wake != 0) {
    const uint32_t here = wait == 0 ? current_processor() + 1 : 0;
    __atomic_store_n(processor_behind(wake), here, __ATOMIC_RELAXED);
    machine_call(SYS_futex, word(wake), static_cast<long>(FUTEX_WAKE), 1L, nullptr, 0L);
  }
  if (wait == 0) {
    // Where the machine puts the other thread on this processor, it begins at once, and moves away.
    machine_call(SYS_sched_yield);
    return 0;
  }
  TimeSpec limit = to_timespec(timeout_ns);
  const int64_t result = machine_call(SYS_futex, word(wait), static_cast<long>(FUTEX_WAIT),
                                      static_cast<long>(expected), timeout_ns < 0 ? nullptr : &limit, 0L);
  const uint32_t waker = __atomic_load_n(processor_behind(wait), __ATOMIC_RELAXED);
  if (result == 0 && waker == current_processor() + 1) leave_processor(waker - 1);
  return result;
}

// Where this machine is a virtual one, each CPUID leaves it. About caches, of which all processors say the
// same, the C library asks some fifty times before main: they are asked once.
processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  constexpr uint32_t kCacheDescriptors = 2, kCacheParameters = 4;
  if (leaf != kCacheDescriptors && leaf != kCacheParameters) return processor::cpuid(leaf, subleaf);
  if (leaf == kCacheDescriptors) subleaf = 0;
  SpinGuard guard(caches_lock);
  for (uint32_t i = 0; i < cache_answer_count; ++i)
    if (cache_answers[i].leaf == leaf && cache_answers[i].subleaf == subleaf) return cache_answers[i].answer;
  const processor::Cpuid answer = processor::cpuid(leaf, subleaf);
  if (cache_answer_count < kCacheAnswers) cache_answers[cache_answer_count++] = {leaf, subleaf, answer};
  return answer;
}

}  // namespace strongroom::kernel::port::process

extern "C" {

[[noreturn]] void strongroom_process_main(uint64_t exchanges, uint64_t is_guarded) {
  using namespace strongroom::kernel;
  port::set_kind(port::Kind::kProcess);
  if (is_guarded != 0) port::process::wait_for_guardian();
  find_call_area(exchanges);
  if (!port::process::unmap_everything_else(exchanges) || !port::process::install_handlers())
    __builtin_trap();
  start_enclave(exchanges);
}

[[noreturn]] void strongroom_process_thread_main(strongroom::kernel::Thread* thread) {
  strongroom::kernel::processor::set_gs_base(thread);
  strongroom::kernel::start_thread(*thread);
}
}
