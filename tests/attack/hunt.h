// A whole hunt: every method against every process, and the report about it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "attempt.h"
#include "methods.h"

namespace strongroom::attack {

struct HuntOptions {
  std::vector<pid_t> processes;  // the eldest first
  std::vector<Pattern> patterns;
  std::vector<std::string> methods;  // by name; empty: all
  bool may_end_processes = false;    // also the methods that kill their target
};

// Tries all methods that leave the processes alive, then, youngest process first, those that end them.
std::vector<Attempt> hunt(const HuntOptions& options);

// Holds copies of all descriptors of the processes, waits until all have ended (at most `seconds`), and then
// searches what the copies still refer to: memory that its owner freed without clearing it is found.
Attempt search_after_end(const std::vector<pid_t>& processes, const std::vector<Pattern>& patterns,
                         unsigned seconds);

// Whether a pattern was found anywhere. Memory that could be written, only, does not count.
[[nodiscard]] bool anything_found(const std::vector<Attempt>& attempts);

// For people: a table of methods and processes, and below it what was found and what refused.
std::string as_text(const std::vector<Attempt>& attempts);
// {"found": bool, "attempts": [{method, process, outcome, why, bytes_searched, hit_count, hits: [...]}]}
std::string as_json(const std::vector<Attempt>& attempts);

}  // namespace strongroom::attack
