// strongroom-attest: the commands that verify evidence. `strongroom` starts it (attest_program.h).
#include "cli/command_line.h"

int main(int argc, char** argv) {
  using namespace strongroom::cli;
  constexpr AddCommand kCommands[] = {add_verify, add_evidence, add_policy, add_collateral, add_explore};
  return run_command_line(argc, argv, kCommands);
}
