#include "base/processors.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

namespace strongroom {
namespace {

// Empty where the machine does not say.
cpu_set_t usable() {
  cpu_set_t all;
  CPU_ZERO(&all);
  if (sched_getaffinity(0, sizeof all, &all) != 0) CPU_ZERO(&all);
  return all;
}

// As yield_processor(), of the calling thread. What the kernel returns: the bytes that there are, or a
// negated errno.
long affinity(long number, long size, uint64_t* processors) {
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(0), "S"(size), "d"(processors)
               : "rcx", "r11", "memory");
  return result;
}

// Runs on one of `these` at least once.
void visit(const cpu_set_t& these, const cpu_set_t& all) {
  if (CPU_COUNT(&these) == 0) return;
  sched_setaffinity(0, sizeof these, &these);
  sched_setaffinity(0, sizeof all, &all);
}

// Lets another thread run everywhere but here, then everywhere.
void push_away(auto place) {
  const cpu_set_t all = usable();
  const int here = sched_getcpu();
  if (here < 0 || CPU_COUNT(&all) < 2) return;
  cpu_set_t others = all;
  CPU_CLR(static_cast<size_t>(here), &others);
  place(others);
  place(all);
}

}  // namespace

uint32_t usable_processors() {
  const cpu_set_t all = usable();
  return static_cast<uint32_t>(std::max(1, CPU_COUNT(&all)));
}

void start_on_processor(uint32_t number) {
  const cpu_set_t all = usable();
  const int count = CPU_COUNT(&all);
  if (count == 0) return;
  const auto wanted = static_cast<int>(number % static_cast<uint32_t>(count));
  int seen = 0;
  for (size_t i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &all) || seen++ != wanted) continue;
    if (sched_getcpu() == static_cast<int>(i)) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    return visit(one, all);
  }
}

void leave_processor(uint32_t processor) {
  uint64_t usable[CPU_SETSIZE / 64];
  const long size = affinity(SYS_sched_getaffinity, sizeof usable, usable);
  const size_t word = processor / 64;
  const uint64_t bit = uint64_t{1} << processor % 64;
  if (size <= 0 || word >= static_cast<size_t>(size) / sizeof bit) return;
  // Where there is no other, the first call fails.
  usable[word] &= ~bit;
  affinity(SYS_sched_setaffinity, size, usable);
  usable[word] |= bit;
  affinity(SYS_sched_setaffinity, size, usable);
}

void start_elsewhere(int thread) {
  push_away([thread](const cpu_set_t& these) { sched_setaffinity(thread, sizeof these, &these); });
}

void start_elsewhere(std::thread& thread) {
  push_away([handle = thread.native_handle()](const cpu_set_t& these) {
    pthread_setaffinity_np(handle, sizeof these, &these);
  });
}

}  // namespace strongroom
