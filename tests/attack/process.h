// The processes that are searched, and what /proc tells about their memory.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attack {

struct Mapping {
  uint64_t start = 0;
  uint64_t end = 0;
  bool readable = false;
  bool executable = false;
  bool shared = false;
  std::string name;  // path, "[heap]", or empty
};

// The process and all that descend from it, the eldest first. Empty when it is gone.
std::vector<pid_t> family(pid_t process);
// Every process but this one and its ancestors.
std::vector<pid_t> all_processes();
// Gone, or a zombie that nobody has waited for.
bool has_ended(pid_t process);
// "name[123]", as messages call a process.
std::string describe(pid_t process);
std::vector<pid_t> threads(pid_t process);
std::vector<int> descriptors(pid_t process);
Result<std::vector<Mapping>> mappings(pid_t process);

// Tells which pages of a private mapping hold anything, so that huge empty reservations need not be read.
class PageMap {
 public:
  explicit PageMap(pid_t process);
  ~PageMap();
  PageMap(const PageMap&) = delete;
  PageMap& operator=(const PageMap&) = delete;

  // Calls `visit` with every range of pages (start, end) that is worth reading: those in memory or in swap,
  // or all of it where the kernel does not say.
  void populated(const Mapping& mapping, const std::function<void(uint64_t, uint64_t)>& visit) const;

 private:
  int file_;
};

}  // namespace strongroom::attack
