#include "memory_use.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include "base/file.h"

namespace strongroom::bench {
namespace {

struct Pipe {
  FileDescriptor read_end, write_end;
  static Result<Pipe> create() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot create a pipe", errno);
    return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  }
};

Result<void> wait_until_up(const Pipe& output) {
  char text[3];
  if (read(output.read_end.get(), text, sizeof text) <= 0)
    return fail(ErrorCode::kInternal, "the program did not come up");
  return {};
}

// A field of /proc/meminfo, in bytes.
double machine_memory(const std::string& name) {
  std::ifstream file("/proc/meminfo");
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) * 1024;
  return 0;
}

// Pages that only this process has written or holds. The sealed file of an image's code does not count: all
// enclaves of the image share it, as natively all processes share a program's pages in the page cache. It
// only looks like one process's own while one enclave runs.
double own_memory(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps");
  const std::string kField = "Private_Dirty:";
  double total = 0;
  bool counts = true;
  for (std::string line; std::getline(file, line);) {
    // The first line of a mapping begins with its addresses, every other one with the name of a field.
    const bool is_mapping = line.find(':') > line.find(' ');
    if (is_mapping) counts = line.find("/memfd:strongroom-code") == std::string::npos;
    if (!is_mapping && counts && line.starts_with(kField))
      total += std::stod(line.substr(kField.size())) * 1024;
  }
  return total;
}

pid_t parent_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string id, name, state;
  pid_t parent = 0;
  file >> id >> name >> state >> parent;
  return parent;
}

Result<double> native_memory(const std::filesystem::path& program) {
  const Pipe input = TRY(Pipe::create());
  const Pipe output = TRY(Pipe::create());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.read_end.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), 1);
  std::string name = program;
  char* const arguments[] = {name.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return fail_errno("cannot start " + name, failed);
  TRY(wait_until_up(output));
  const double used = own_memory(child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return used;
}

Result<double> enclave_memory(const host::Image& image, host::Tee tee) {
  const Pipe input = TRY(Pipe::create());
  const Pipe output = TRY(Pipe::create());
  host::LaunchOptions options;
  options.tee = tee;
  options.allow_unsigned = true;
  options.spare = false;  // it would be counted, too
  options.keeper = host::KeeperChoice::kOwn;
  options.standard_input = input.read_end.get();
  options.standard_output = output.write_end.get();
  const double locked_before = machine_memory("Unevictable");
  auto enclave = TRY(host::Enclave::launch(image, options));
  TRY(wait_until_up(output));
  double used = own_memory(enclave.process_id());
  // A virtual machine's memory belongs to no process; the kernel counts it as unevictable.
  if (tee == host::Tee::kVm) used += machine_memory("Unevictable") - locked_before;
  if (tee == host::Tee::kProcess) used += own_memory(parent_of(enclave.process_id()));
  return used;
}

}  // namespace

Result<double> memory_beyond(const std::filesystem::path& program, const host::Image& image, host::Tee tee) {
  const double native = TRY(native_memory(program));
  // Later enclaves of an image have copies that the first has not (docs/launch.md), which needs time to go.
  TRY(enclave_memory(image, tee));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return std::max(0.0, TRY(enclave_memory(image, tee)) - native);
}

}  // namespace strongroom::bench
