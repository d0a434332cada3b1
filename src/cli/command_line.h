// The command line of a program with subcommands, from its arguments to its exit code.
#pragma once

#include <span>

#include "cli/command.h"

namespace strongroom::cli {

using AddCommand = void (*)(CLI::App& app, Invocation& invocation);

// Parses, runs the command that was chosen and reports what failed on standard error. Yields the exit code.
int run_command_line(int argc, char** argv, std::span<const AddCommand> commands);

}  // namespace strongroom::cli
