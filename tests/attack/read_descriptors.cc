// Coming at memory through what a process has open or mapped: /proc/PID/map_files, /proc/PID/fd, pidfd_getfd.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "descriptors.h"
#include "methods.h"
#include "process.h"

namespace strongroom::attack {
namespace {

std::string link_target(const std::string& path) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(path, error);
  return error ? path : target.string();
}

// Opening a pipe, a terminal or a device can have effects, and memory never looks like one; of the kernel's
// anonymous files only a virtual machine's hold memory.
bool may_be_memory(const std::string& target) {
  if (target.starts_with("/dev/")) return target.starts_with("/dev/shm/") || target.starts_with("/dev/zero");
  if (target.starts_with("anon_inode:")) return target.find("kvm") != std::string::npos;
  return !target.starts_with("pipe:") && !target.starts_with("socket:");
}

void reopen(const std::string& path, Search& search, Refusals& refusals) {
  const std::string target = link_target(path);
  if (!may_be_memory(target)) return;
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.valid())
    search_descriptor(file.get(), target, search, refusals);
  else
    refusals.add(target, "open", errno);
}

}  // namespace

Result<std::vector<TakenDescriptor>> take_all_descriptors(pid_t process) {
  const FileDescriptor handle(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (!handle.valid()) return fail_errno("pidfd_open", errno);
  std::vector<TakenDescriptor> taken;
  Result<void> problem;
  for (const int number : descriptors(process)) {
    const std::string name = link_target(fmt::format("/proc/{}/fd/{}", process, number));
    FileDescriptor copy(static_cast<int>(syscall(SYS_pidfd_getfd, handle.get(), number, 0)));
    if (copy.valid())
      taken.push_back({name, std::move(copy)});
    else if (errno != EBADF)  // closed meanwhile
      problem = fail_errno(fmt::format("pidfd_getfd of {}", name), errno);
  }
  if (taken.empty() && !problem) return tl::unexpected<Error>(problem.error());
  return taken;
}

Attempt read_map_files(pid_t process, const std::vector<Pattern>& patterns) {
  Search search(patterns);
  Refusals refusals;
  std::error_code error;
  std::set<std::string> seen;
  const std::string directory = fmt::format("/proc/{}/map_files", process);
  std::filesystem::directory_iterator entry(directory, error);
  if (error) refusals.add("", "open " + directory, error.value());
  for (const std::filesystem::directory_iterator end; !error && entry != end; entry.increment(error))
    if (seen.insert(link_target(entry->path())).second) reopen(entry->path(), search, refusals);
  return conclude(search, refusals);
}

Attempt reopen_descriptors(pid_t process, const std::vector<Pattern>& patterns) {
  Search search(patterns);
  Refusals refusals;
  std::error_code error;
  const std::string directory = fmt::format("/proc/{}/fd", process);
  const std::filesystem::directory_iterator readable(directory, error);
  if (error) refusals.add("", "open " + directory, error.value());
  for (const int number : descriptors(process))
    reopen(fmt::format("{}/{}", directory, number), search, refusals);
  return conclude(search, refusals);
}

Attempt take_descriptors(pid_t process, const std::vector<Pattern>& patterns) {
  Search search(patterns);
  Refusals refusals;
  const auto taken = take_all_descriptors(process);
  if (!taken) {
    Attempt attempt;
    attempt.outcome = Outcome::kRefused;
    attempt.why = taken.error().message;
    return attempt;
  }
  for (const TakenDescriptor& descriptor : *taken)
    search_descriptor(descriptor.file.get(), descriptor.name, search, refusals);
  return conclude(search, refusals);
}

}  // namespace strongroom::attack
