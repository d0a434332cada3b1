// The command `strongroom`. docs/cli.md is its manual.
#include <CLI/CLI.hpp>

#include "cli/attest_program.h"
#include "cli/command_line.h"

namespace strongroom::cli {
namespace {

// For the list of commands: main() hands over before anything is parsed.
void list_attest_commands(CLI::App& app, Invocation& /*invocation*/) {
  for (const AttestCommand& command : kAttestCommands) app.add_subcommand(command.name, command.description);
}

int run(int argc, char** argv) {
  if (is_attest_command(argc, argv)) {
    report_error(hand_over(argv));
    return kStrongroomFailed;
  }
  constexpr AddCommand kCommands[] = {add_doctor,  add_new, add_build,           add_key, add_sign,
                                      add_inspect, add_run, add_keeper,          add_ps,  add_logs,
                                      add_stop,    add_edl, list_attest_commands};
  return run_command_line(argc, argv, kCommands);
}

}  // namespace
}  // namespace strongroom::cli

int main(int argc, char** argv) {
  return strongroom::cli::run(argc, argv);
}
