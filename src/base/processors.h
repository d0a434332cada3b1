// Which processors of the machine this process and its threads use.
#pragma once

#include <sys/rseq.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <thread>

namespace strongroom {

// How many the calling thread may run on; at least 1.
uint32_t usable_processors();

// On which processor the calling thread runs, as sched_getcpu() counts, plus 1. That of none where the C
// library has not registered its threads for rseq(2).
inline uint32_t current_processor_plus_one() {
  uint32_t number;
  asm volatile("movl %%fs:%c2(%1), %0"
               : "=r"(number)
               : "r"(__rseq_offset), "i"(offsetof(struct rseq, cpu_id)));
  return number + 1;
}

// sched_yield(2), without a call of the C library: see base/futex.h.
inline void yield_processor() {
  long result;
  asm volatile("syscall" : "=a"(result) : "a"(SYS_sched_yield) : "rcx", "r11", "memory");
}

// Moves the calling thread to the usable processor of this number, counted round. It may move on from there.
void start_on_processor(uint32_t number);

// Moves the calling thread away from `processor` (as sched_getcpu() counts), if it may run on another. Costs
// some ten microseconds. It may come back later.
void leave_processor(uint32_t processor);

// Moves `thread`, which this one has just created, to another processor, if there is one: the scheduler likes
// to leave it beside its creator, who goes on first. It may come back.
void start_elsewhere(int thread);
void start_elsewhere(std::thread& thread);

}  // namespace strongroom
