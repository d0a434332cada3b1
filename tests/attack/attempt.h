// One method of attack tried against one process, and what came of it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pattern.h"

namespace strongroom::attack {

enum class Outcome {
  kFound,          // a pattern was found, or memory was changed where that was the attack
  kNotFound,       // memory was read, and no pattern stands in it
  kRefused,        // nothing could be read
  kNotApplicable,  // this method finds nothing to work on here, or needs a program that is not installed
};
std::string_view to_string(Outcome outcome);

struct Attempt {
  std::string method;
  std::string process;  // "name[123]"
  Outcome outcome = Outcome::kNotApplicable;
  std::string why;  // the reason of a refusal, or what was left out
  uint64_t bytes_searched = 0;
  uint64_t hit_count = 0;
  std::vector<Hit> hits;
};

// What an operation on memory could not reach: how often, and why the first time.
class Refusals {
 public:
  void add(std::string_view where, std::string_view operation, int error_number);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::string text() const;

 private:
  uint64_t count_ = 0;
  std::string first_;
};

// Draws the conclusion from what was searched and what was refused.
Attempt conclude(const Search& search, const Refusals& refusals);

// Reads up to `size` bytes at `address` of the process; the count, or a negated errno.
using MemoryReader = std::function<ssize_t(uint64_t address, uint8_t* buffer, size_t size)>;

// Searches all mappings of a process through `read`.
void search_mappings(pid_t process, std::string_view operation, const MemoryReader& read, Search& search,
                     Refusals& refusals);

// Searches what a descriptor of this process holds, by pread or, where that fails, by mmap. Only memory is of
// interest: pipes, sockets and files that have a name on a disk are left alone. False when it was left alone.
bool search_descriptor(int descriptor, std::string_view where, Search& search, Refusals& refusals);

}  // namespace strongroom::attack
