// The least that a call between two processes can cost on this machine, whoever makes it. Nanoseconds.
#pragma once

#include <cstddef>

namespace strongroom::bench {

// Two processes hand a futex in shared memory back and forth, each sleeping while it is the other's turn:
// both ways.
double futex_round_trip(int rounds);
// Two threads, each on a processor of its own, hand one cache line back and forth by reading and writing it:
// both ways. The median over batches (batches.h), as for the calls that are held against it.
double cache_line_round_trip(int batches);
// Nanoseconds of one tick of the processor's time stamp counter.
double tick();
// One copy of so many bytes between two places in memory. The median.
double copy(size_t bytes, int rounds);

}  // namespace strongroom::bench
