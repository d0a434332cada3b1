// The command `strongroom`. docs/cli.md is its manual.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "base/log.h"
#include "cli/command.h"

namespace strongroom::cli {

void report_error(const Error& error) {
  std::string line = error.message;
  for (char& character : line)
    if (character == '\n') character = ' ';
  fmt::print(stderr, "strongroom: {}\n", line);
}

namespace {

int run(int argc, char** argv) {
  start_logging("strongroom");
  CLI::App app{"Runs ordinary C++ programs in trusted execution environments (TEEs)."};
  app.name("strongroom");
  app.require_subcommand(1);
  app.set_version_flag("--version", STRONGROOM_VERSION);
  app.footer(
      "`strongroom COMMAND --help` explains a command and shows examples.\n"
      "Exit code 125 means that Strongroom itself failed.");
  Invocation invocation;
  for (const auto add :
       {add_doctor, add_new, add_build, add_key, add_sign, add_inspect, add_run, add_keeper, add_ps, add_logs,
        add_stop, add_edl, add_verify, add_evidence, add_policy, add_collateral, add_explore})
    add(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RequiredError& error) {
    const bool named = argc > 1 && argv[1][0] != '-' && app.get_subcommands().empty();
    report_error({ErrorCode::kInvalidArgument,
                  fmt::format("{}; try `strongroom --help`",
                              named ? fmt::format("there is no command \"{}\"", argv[1]) : error.what())});
    return kStrongroomFailed;
  } catch (const CLI::ParseError& error) {
    report_error({ErrorCode::kInvalidArgument, fmt::format("{}; try `strongroom --help`", error.what())});
    return kStrongroomFailed;
  }
  const Result<int> code = invocation.run();
  if (code) return *code;
  report_error(code.error());
  return kStrongroomFailed;
}

}  // namespace
}  // namespace strongroom::cli

int main(int argc, char** argv) {
  try {
    return strongroom::cli::run(argc, argv);
  } catch (const std::exception& error) {
    strongroom::cli::report_error({strongroom::ErrorCode::kInternal, error.what()});
    return strongroom::cli::kStrongroomFailed;
  }
}
