// Copies of another process's open descriptors.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/file.h"

namespace strongroom::attack {

struct TakenDescriptor {
  std::string name;  // what /proc says that it is
  FileDescriptor file;
};

// Takes a copy of every descriptor of the process by pidfd_getfd. What it refers to lives on with the copy,
// even when the process ends. Fails when not one can be had although there are some.
Result<std::vector<TakenDescriptor>> take_all_descriptors(pid_t process);

}  // namespace strongroom::attack
