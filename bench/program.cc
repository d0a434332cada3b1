#include "program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/file.h"

extern char** environ;

namespace strongroom::bench {

Result<std::string> output_of(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe2", errno);
  FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  pid_t child = -1;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno("cannot start " + command.front(), error);
  writing.reset();

  std::string output;
  char buffer[4096];
  while (true) {
    const ssize_t count = read(reading.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    output.append(buffer, static_cast<size_t>(count));
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return fail_errno("waitpid", errno);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} failed (wait status {:#x})", fmt::join(command, " "), status));
  return output;
}

Result<std::map<std::string, double>> parse_values(std::string_view text) {
  std::map<std::string, double> values;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t space = line.find(' ');
    double value = 0;
    const char* const end = line.data() + line.size();
    if (space == std::string_view::npos || std::from_chars(line.data() + space + 1, end, value).ptr != end)
      return fail(ErrorCode::kMalformed, fmt::format("\"{}\" is not a name and a value", line));
    values[std::string(line.substr(0, space))] = value;
  }
  return values;
}

}  // namespace strongroom::bench
