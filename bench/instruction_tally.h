// Counts the instructions of one piece of code that runs step by step, by function.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/elf_file.h"

namespace strongroom::bench {

// What a function has executed.
struct FunctionCount {
  std::string name;
  uint64_t instructions;
};

// Counts as a processor counts what it retires: a repeated string instruction is one, however often it
// repeats. Waiting is left out: what lies between two PAUSE that follow each other closely, and the function
// given to leave_out(). Thread safe, also in signal handlers.
class InstructionTally {
 public:
  // The code in [begin, end), which the file's symbols have at [begin - bias, end - bias).
  InstructionTally(uint64_t begin, uint64_t end, uint64_t bias)
      : begin_(begin), bias_(bias), counts_(end - begin) {}

  [[nodiscard]] bool covers(uint64_t rip) const { return rip - begin_ < counts_.size(); }
  // The function of this name, as in FunctionCount, only waits. To be called before anything is counted.
  // kNotFound: the file has no symbol of it.
  Result<void> leave_out(const image::ElfFile& file, std::string_view function);
  // The calling thread is about to execute the instruction at `rip`, which this covers.
  void count(uint64_t rip);

  // What the calling thread has executed so far was no waiting.
  static void settle();
  // Whether anything is added to any tally; at first, nothing is.
  static void enable(bool enabled);
  [[nodiscard]] uint64_t total() const { return total_.load(std::memory_order_relaxed); }
  // The largest first; what no symbol covers has the name "?".
  [[nodiscard]] Result<std::vector<FunctionCount>> by_function(const image::ElfFile& file) const;

 private:
  void add(std::atomic<uint32_t>& count);

  const uint64_t begin_, bias_;
  uint64_t waits_begin_ = 0, waits_size_ = 0;
  std::atomic<uint64_t> total_{0};
  std::vector<std::atomic<uint32_t>> counts_;  // for each address
};

}  // namespace strongroom::bench
