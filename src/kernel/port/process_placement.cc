#include "kernel/port/process_placement.h"

#include <sys/syscall.h>

#include <atomic>

#include "kernel/port/process_syscall.h"

namespace strongroom::kernel::port::process {
namespace {

bool usable(Processors& all) {
  return strongroom_process_syscall(SYS_sched_getaffinity, 0L, static_cast<long>(sizeof all), &all) > 0;
}

void run_on(const Processors& these) {
  strongroom_process_syscall(SYS_sched_setaffinity, 0L, static_cast<long>(sizeof these), &these);
}

void visit(uint32_t processor, const Processors& all) {
  Processors one;
  one.add(processor);
  run_on(one);
  run_on(all);
}

constinit std::atomic<uint32_t> last_stop{0};  // on which processor

}  // namespace

// RDTSCP also yields IA32_TSC_AUX, where Linux keeps the number for its vDSO's getcpu (bits 0 to 11).
uint32_t current_processor() {
  uint32_t low, high, place;
  asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(place));
  return place & 0xfff;
}

void start_on_processor(uint32_t number) {
  Processors all;
  if (!usable(all)) return;
  uint32_t seen = 0;
  for (uint32_t i = 0; i < Processors::kMost; ++i)
    if (all.has(i) && seen++ == number) return visit(i, all);
}

void leave_processor(uint32_t processor) {
  Processors all;
  if (!usable(all)) return;
  for (uint32_t i = 1; i < Processors::kMost; ++i) {
    const uint32_t other = (processor + i) % Processors::kMost;
    if (all.has(other)) return visit(other, all);
  }
}

void note_stop() {
  const uint32_t here = current_processor();
  if (last_stop.load(std::memory_order_relaxed) != here) last_stop.store(here, std::memory_order_relaxed);
}

void Companion::follow() {
  const uint32_t now = last_stop.load(std::memory_order_relaxed);
  if (now != last_) {
    // Several threads, or one that moves: wherever the machine likes.
    if (beside_) run_on(all_);
    beside_ = false;
    last_ = now;
    stops_ = 0;
  } else if (!beside_ && ++stops_ == kStops) {
    if (!usable(all_) || !all_.has(now)) return;
    Processors one;
    one.add(now);
    run_on(one);
    beside_ = true;
  }
}

}  // namespace strongroom::kernel::port::process
