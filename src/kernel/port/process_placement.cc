#include "kernel/port/process_placement.h"

#include <sys/syscall.h>

#include "kernel/port/process_syscall.h"

namespace strongroom::kernel::port::process {
namespace {

bool usable(Processors& all) {
  return strongroom_process_syscall(SYS_sched_getaffinity, 0L, static_cast<long>(sizeof all), &all) > 0;
}

void place(long thread, const Processors& these) {
  strongroom_process_syscall(SYS_sched_setaffinity, thread, static_cast<long>(sizeof these), &these);
}
void run_on(const Processors& these) {
  place(0, these);
}

void visit(uint32_t processor, const Processors& all) {
  Processors one;
  one.add(processor);
  run_on(one);
  run_on(all);
}

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

void Companion::stopped(long thread) {
  const uint64_t now = __builtin_ia32_rdtsc();
  const bool in_a_row = thread == thread_ && now - last_ < kInARow;
  last_ = now;
  if (!in_a_row || ++stops_ == kMost) leave();
  thread_ = thread;
  if (keeps_ || stops_ < kStops || !usable(all_)) return;
  Processors here;
  here.add(current_processor());
  run_on(here);
  place(thread, here);
  keeps_ = true;
}

void Companion::leave() {
  stops_ = 0;
  if (!keeps_) return;
  keeps_ = false;
  place(thread_, all_);
  run_on(all_);
}

}  // namespace strongroom::kernel::port::process
