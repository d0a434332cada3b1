#include "methods.h"

namespace strongroom::attack {
namespace {

constexpr Method kMethods[] = {
    {"proc_mem", "read /proc/PID/mem along /proc/PID/maps", false, read_proc_mem},
    {"process_vm_readv", "process_vm_readv", false, read_process_vm},
    {"ptrace", "attach by ptrace and peek", false, read_ptrace},
    {"map_files", "open what is mapped by /proc/PID/map_files", false, read_map_files},
    {"fd_reopen", "open what is open by /proc/PID/fd", false, reopen_descriptors},
    {"pidfd_getfd", "take every descriptor by pidfd_getfd, read and map it", false, take_descriptors},
    {"write_code", "write into executable pages by /proc/PID/mem", false, write_code},
    {"gcore", "core file by gdb", false, read_gcore},
    {"core_dump", "core dump by SIGABRT, all limits lifted", true, read_core_dump},
};

}  // namespace

std::span<const Method> methods() {
  return kMethods;
}

}  // namespace strongroom::attack
