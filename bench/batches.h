// The time of something that takes a fraction of a microsecond: the median over batches, each long enough to
// be timed and short enough that an interruption spoils only that one. For both sides of the boundary.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace strongroom::bench {

inline constexpr int kBatch = 20;  // times

inline uint64_t ticks() {
  return __builtin_ia32_rdtsc();
}

// Ticks of the processor's time stamp counter for `times` of `work()`.
template <typename Work>
uint64_t median_batch(int batches, const Work& work, int times = kBatch) {
  std::vector<uint64_t> took(static_cast<size_t>(batches));
  for (uint64_t& batch : took) {
    const uint64_t start = ticks();
    for (int i = 0; i < times; ++i) work();
    batch = ticks() - start;
  }
  const auto middle = took.begin() + batches / 2;
  std::nth_element(took.begin(), middle, took.end());
  return *middle;
}

}  // namespace strongroom::bench
