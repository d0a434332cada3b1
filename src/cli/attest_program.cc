#include "cli/attest_program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/companion.h"

namespace strongroom::cli {

bool is_attest_command(int argc, char** argv) {
  return argc > 1 &&
         std::any_of(std::begin(kAttestCommands), std::end(kAttestCommands),
                     [&](const AttestCommand& command) { return std::string_view(argv[1]) == command.name; });
}

Error hand_over(char** argv) {
  constexpr const char* kProgram = "strongroom-attest";
  for (const std::filesystem::path& candidate : companion_paths(kProgram)) {
    execv(candidate.c_str(), argv);
    if (errno != ENOENT)
      return {ErrorCode::kUnavailable,
              fmt::format("cannot start {}: {}", candidate.string(), std::strerror(errno))};
  }
  return {
      ErrorCode::kNotFound,
      fmt::format("cannot find {}, which does `{}`; it is installed with this program", kProgram, argv[1])};
}

}  // namespace strongroom::cli
