#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "base/file.h"
#include "base/log.h"

namespace strongroom::cli {

void report_error(const Error& error) {
  std::string line = error.message;
  for (char& character : line)
    if (character == '\n') character = ' ';
  fmt::print(stderr, "strongroom: {}\n", line);
}

namespace {

int parse_and_run(int argc, char** argv, std::span<const AddCommand> commands) {
  start_logging("strongroom");
  CLI::App app{"Runs ordinary C++ programs in trusted execution environments (TEEs)."};
  app.name("strongroom");
  app.require_subcommand(1);
  app.set_version_flag("--version", STRONGROOM_VERSION);
  app.footer(
      "`strongroom COMMAND --help` explains a command and shows examples.\n"
      "Exit code 125 means that Strongroom itself failed.");
  Invocation invocation;
  for (const AddCommand add : commands) add(app, invocation);
  // What the user was about to do: "strongroom key new".
  const auto command = [&app] {
    std::string name = app.get_name();
    for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
      at = at->get_subcommands().front();
      name += " " + at->get_name();
    }
    return name;
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RequiredError& error) {
    const bool named = argc > 1 && argv[1][0] != '-' && app.get_subcommands().empty();
    report_error(
        {ErrorCode::kInvalidArgument,
         fmt::format("{}; try `{} --help`",
                     named ? fmt::format("there is no command \"{}\"", argv[1]) : error.what(), command())});
    return kStrongroomFailed;
  } catch (const CLI::ParseError& error) {
    report_error({ErrorCode::kInvalidArgument, fmt::format("{}; try `{} --help`", error.what(), command())});
    return kStrongroomFailed;
  }
  const Result<int> code = invocation.run();
  if (code) return *code;
  report_error(code.error());
  return kStrongroomFailed;
}

}  // namespace

int run_command_line(int argc, char** argv, std::span<const AddCommand> commands) {
  hold_standard_streams();
  try {
    return parse_and_run(argc, argv, commands);
  } catch (const std::exception& error) {
    report_error({ErrorCode::kInternal, error.what()});
    return kStrongroomFailed;
  }
}

}  // namespace strongroom::cli
