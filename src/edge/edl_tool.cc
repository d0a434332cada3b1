// The compiler by itself, for the build of this tree's own tests: edl_tool OUTPUT_DIRECTORY
// [--allow-user-check] [--c] FILE.edl... The command for users is `strongroom edl`.
#include <cstdio>
#include <cstring>

#include "edge/edl_command.h"

int main(int argc, char** argv) {
  strongroom::edl::EdlCommand command;
  if (argc < 3) return 2;
  command.output_directory = argv[1];
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--allow-user-check") == 0) {
      command.allow_user_check = true;
      continue;
    }
    if (std::strcmp(argv[i], "--c") == 0) {
      command.c_entry_points = true;
      continue;
    }
    command.file = argv[i];
    const auto outcome = run_edl_command(command);
    if (!outcome) {
      std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
      return 1;
    }
    std::fputs(outcome->diagnostics.c_str(), stderr);
    if (!outcome->diagnostics.empty()) return 1;
  }
  return 0;
}
