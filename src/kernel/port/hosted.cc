#include "kernel/port/hosted.h"

#include "kernel/call_area.h"
#include "kernel/host_call.h"
#include "kernel/host_memory.h"
#include "kernel/processor.h"

namespace strongroom::kernel::port::hosted {
namespace {

// Thread::park_token: whether the thread sleeps in the host, so that a thread that is awake costs its waker
// nothing.
enum ParkState : uint32_t { kAwake, kToken, kAsleep };
constexpr int64_t kMinusTimedOut = -110;
// Nanoseconds after which the host is asked for the time: its clocks do not go exactly as its timestamps do.
constexpr uint64_t kStale = 1'000'000'000;

// The nanoseconds since then.
uint64_t read_clock(const Thread& thread, HostClock& clock) {
  copy_from_host(&clock, thread.exchange->reserved, sizeof clock);
  const uint64_t ticks = processor::timestamp() - clock.timestamp;
  return static_cast<uint64_t>(static_cast<unsigned __int128>(ticks) * clock.ns_per_tick >> 32);
}

}  // namespace

bool park(Thread& thread, int64_t timeout_ns) {
  uint32_t state = kAwake;
  if (!thread.park_token.compare_exchange_strong(state, kAsleep, std::memory_order_acq_rel)) {
    thread.park_token.store(kAwake, std::memory_order_relaxed);
    return true;
  }
  const bool in_time = host_call(HostCall::kPark, static_cast<uint64_t>(timeout_ns)) != kMinusTimedOut;
  thread.park_token.store(kAwake, std::memory_order_relaxed);
  return in_time;
}

void unpark(Thread& thread) {
  if (thread.park_token.exchange(kToken, std::memory_order_acq_rel) == kAsleep)
    host_call(HostCall::kUnpark, thread.slot);
}

void yield(Thread&) {
  host_call(HostCall::kPark, 0);
}

bool start(Thread& thread) {
  return host_call(HostCall::kThreadStart, thread.slot) == 0;
}

int64_t clock(bool realtime) {
  Thread& thread = current_thread();
  HostClock clock;
  uint64_t elapsed = read_clock(thread, clock);
  if (elapsed > kStale) {
    yield(thread);
    elapsed = read_clock(thread, clock);
    // The processor does not show the timestamp that the host sees (KVM shifts it where it holds the
    // machine's for unstable): the time is what the host said just now.
    if (elapsed > kStale) elapsed = 0;
  }
  // Unsigned, because a lie may overflow.
  return static_cast<int64_t>(static_cast<uint64_t>(realtime ? clock.realtime_ns : clock.monotonic_ns) +
                              elapsed);
}

int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns) {
  const auto offset = [](uint64_t address) {
    return address == 0 ? kNoCallWord : address - call_area_address();
  };
  return host_call(HostCall::kCallWait, offset(wake), offset(wait), expected,
                   static_cast<uint64_t>(timeout_ns));
}

processor::Cpuid find_cpuid(const CpuidTable& table, uint32_t leaf, uint32_t subleaf) {
  for (uint32_t i = 0; i < table.count && i < kCpuidCapacity; ++i) {
    const CpuidEntry& entry = table.entries[i];
    if (entry.leaf == leaf && (entry.any_subleaf != 0 || entry.subleaf == subleaf))
      return {entry.a, entry.b, entry.c, entry.d};
  }
  return {};
}

}  // namespace strongroom::kernel::port::hosted
