// What this machine's processes hold, to see that nothing is left behind.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "strongroom/host.h"

namespace strongroom::tee_test {

struct Holdings {
  size_t descriptors = 0;   // of this process
  size_t children = 0;      // all that descend from this process
  size_t memory_files = 0;  // memfds and guest memory that any of these processes holds open
  auto operator<=>(const Holdings&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Holdings& holdings);

Holdings holdings();
// Waits until there is no more of anything than `wanted`, at most some seconds, because processes take a
// moment to go; yields what there is then.
Holdings settle(const Holdings& wanted);

// The processes of one enclave: the one that holds it and, in `process`, its own and its guardian.
size_t processes_of_enclave(host::Tee tee);
// What there is when the keeper has made its spare enclave, and nothing else is left.
Holdings holdings_with_spare(host::Tee tee);

// Processes by the name of their program, wherever they hang.
std::vector<pid_t> processes_named(const std::string& name);
// Bytes of physical memory of this process that are its own.
size_t resident_bytes(pid_t process);

}  // namespace strongroom::tee_test
