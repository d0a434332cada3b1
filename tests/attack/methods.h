// The ways in which root can come at the memory of another process through Linux. Each is tried against one
// process.
#pragma once

#include <span>
#include <vector>

#include "attempt.h"

namespace strongroom::attack {

struct Method {
  const char* name;
  const char* what;                                            // one line for people
  bool ends_process;                                           // the attack kills its target
  Attempt (*run)(pid_t process, const std::vector<Pattern>&);  // fills in all but method and process
};

// In the order in which they are to be tried.
std::span<const Method> methods();

Attempt read_proc_mem(pid_t process, const std::vector<Pattern>& patterns);
Attempt read_process_vm(pid_t process, const std::vector<Pattern>& patterns);
Attempt read_ptrace(pid_t process, const std::vector<Pattern>& patterns);
Attempt read_map_files(pid_t process, const std::vector<Pattern>& patterns);
Attempt reopen_descriptors(pid_t process, const std::vector<Pattern>& patterns);
Attempt take_descriptors(pid_t process, const std::vector<Pattern>& patterns);
Attempt write_code(pid_t process, const std::vector<Pattern>& patterns);
Attempt read_gcore(pid_t process, const std::vector<Pattern>& patterns);
Attempt read_core_dump(pid_t process, const std::vector<Pattern>& patterns);

}  // namespace strongroom::attack
