// Making the memory of a process into a file: gdb's gcore, and the kernel's own core dump.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <thread>

#include "base/file.h"
#include "methods.h"
#include "process.h"

extern char** environ;

namespace strongroom::attack {
namespace {

namespace fs = std::filesystem;

Attempt not_applicable(std::string why) {
  Attempt attempt;
  attempt.why = std::move(why);
  return attempt;
}

Attempt refused(std::string why) {
  Attempt attempt = not_applicable(std::move(why));
  attempt.outcome = Outcome::kRefused;
  return attempt;
}

Attempt search_file(const fs::path& path, const std::vector<Pattern>& patterns) {
  Search search(patterns);
  Refusals refusals;
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) refusals.add(path.string(), "open", errno);
  std::vector<uint8_t> buffer(size_t{1} << 20);
  off_t at = 0;
  while (file.valid()) {
    const ssize_t got = pread(file.get(), buffer.data(), buffer.size(), at);
    if (got <= 0) break;
    search.piece("core file", static_cast<uint64_t>(at), {buffer.data(), static_cast<size_t>(got)});
    at += got;
  }
  return conclude(search, refusals);
}

std::string first_line(const fs::path& path) {
  const auto bytes = read_file(path, 65536);
  if (!bytes) return "";
  const std::string_view text = as_text(*bytes);
  return std::string(text.substr(0, text.find('\n')));
}

// Runs a program with its output thrown away; its wait status, or -1.
int run_quietly(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {0, 1, 2})
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  pid_t child = -1;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = -1;
  if (error != 0 || waitpid(child, &status, 0) != child) return -1;
  return status;
}

using Times = std::map<fs::path, fs::file_time_type>;

Times files_in(const fs::path& directory, const std::string& prefix) {
  Times files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().starts_with(prefix))
      files.emplace(entry->path(), entry->last_write_time(error));
  return files;
}

}  // namespace

Attempt read_gcore(pid_t process, const std::vector<Pattern>& patterns) {
  if (access("/usr/bin/gcore", X_OK) != 0) return not_applicable("gdb is not installed");
  char directory[] = "/tmp/memory-hunter.XXXXXX";
  if (mkdtemp(directory) == nullptr) return not_applicable("no temporary directory");
  const std::string prefix = fmt::format("{}/core", directory);
  run_quietly({"/usr/bin/timeout", "60", "/usr/bin/gcore", "-a", "-o", prefix, std::to_string(process)});
  const fs::path core = fmt::format("{}.{}", prefix, process);
  Attempt attempt =
      fs::exists(core) ? search_file(core, patterns) : refused("gcore could not make a core file");
  std::error_code ignored;
  fs::remove_all(directory, ignored);
  return attempt;
}

Attempt read_core_dump(pid_t process, const std::vector<Pattern>& patterns) {
  const std::string pattern = first_line("/proc/sys/kernel/core_pattern");
  if (pattern.empty() || pattern[0] == '|' || pattern[0] == '@')
    return not_applicable("kernel.core_pattern does not name a file");
  std::error_code error;
  fs::path file = pattern.substr(0, pattern.find('%'));
  if (file.is_relative()) {
    const fs::path directory = fs::read_symlink(fmt::format("/proc/{}/cwd", process), error);
    if (error) return refused(fmt::format("cannot read the working directory: {}", error.message()));
    file = directory / file;
  }
  // Root may lift the limit of the victim and ask for all kinds of memory, shared ones too.
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  std::string doubt;
  if (prlimit(process, RLIMIT_CORE, &unlimited, nullptr) != 0)
    doubt = fmt::format("; prlimit: {}", strerror(errno));
  const std::string filter = fmt::format("/proc/{}/coredump_filter", process);
  const FileDescriptor filter_file(open(filter.c_str(), O_WRONLY | O_CLOEXEC));
  if (!filter_file.valid() || !write_all(filter_file.get(), as_bytes("0x7f")))
    doubt += "; coredump_filter refused";

  const Times before = files_in(file.parent_path(), file.filename());
  if (kill(process, SIGABRT) != 0) return refused(fmt::format("kill: {}", strerror(errno)));
  for (int i = 0; i < 500 && !has_ended(process); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (!has_ended(process)) return refused("the process did not end on SIGABRT" + doubt);

  for (const auto& [core, time] : files_in(file.parent_path(), file.filename())) {
    const auto old = before.find(core);
    if (old != before.end() && old->second == time) continue;
    Attempt attempt = search_file(core, patterns);
    fs::remove(core, error);
    return attempt;
  }
  return refused("the process ended without a core file" + doubt);
}

}  // namespace strongroom::attack
