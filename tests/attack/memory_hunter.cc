// The command memory-hunter: searches all memory of a process and its descendants for secrets, by every way
// that Linux offers to root.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "hunt.h"
#include "process.h"

namespace {

using namespace strongroom;
using namespace strongroom::attack;

constexpr int kNothingFound = 0;
constexpr int kFoundSomething = 1;
constexpr int kCannotSearch = 2;

constexpr char kFooter[] =
    "Exit code: 0 nothing found, 1 something found, 2 the search could not be made.\n\n"
    "Examples:\n"
    "  memory-hunter --pid 1234 --text 842302,M,17.99\n"
    "  memory-hunter --pid 1234 --doubles 17.99,10.38,122.8 --hex 00ff10ab --kill --json\n"
    "  memory-hunter --pid 1234 --text secret --after-end 30";

struct Arguments {
  std::vector<pid_t> processes;
  std::vector<std::string> texts, doubles, hex, methods;
  std::string save;
  bool kill = false, json = false, all = false, list = false;
  unsigned after_end = 0;
};

int failed(const Error& error) {
  fmt::print(stderr, "memory-hunter: {}\n", error.message);
  return kCannotSearch;
}

Result<HuntOptions> options_of(const Arguments& arguments) {
  HuntOptions options;
  for (const std::string& text : arguments.texts) {
    if (text.size() < 4)
      return fail(ErrorCode::kInvalidArgument, "a text of fewer than 4 bytes is found everywhere");
    options.patterns.push_back(text_pattern(text));
  }
  for (const std::string& list : arguments.doubles)
    options.patterns.push_back(TRY_IN("--doubles", doubles_pattern(list)));
  for (const std::string& digits : arguments.hex)
    options.patterns.push_back(TRY_IN("--hex", hex_pattern(digits)));
  if (options.patterns.empty())
    return fail(ErrorCode::kInvalidArgument, "nothing to look for; give --text, --doubles or --hex");
  if (arguments.all) options.processes = all_processes();
  for (const pid_t process : arguments.processes)
    for (const pid_t member : family(process)) options.processes.push_back(member);
  if (options.processes.empty())
    return fail(ErrorCode::kNotFound, "no such process; give --pid of one that runs");
  options.methods = arguments.methods;
  options.may_end_processes = arguments.kill;
  return options;
}

void list_methods() {
  for (const Method& method : methods())
    fmt::print("{:<18} {}{}\n", method.name, method.what,
               method.ends_process ? " (ends the process; with --kill)" : "");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Searches the memory of a process and of all that descend from it. Run as root."};
  app.footer(kFooter);
  Arguments arguments;
  app.add_option("--pid", arguments.processes, "a process to search, with its descendants")
      ->allow_extra_args(false);
  app.add_flag("--all", arguments.all, "search every process but this one and its ancestors");
  app.add_option("--text", arguments.texts, "a text to look for")->allow_extra_args(false);
  app.add_option("--doubles", arguments.doubles, "numbers, separated by commas, as doubles in memory")
      ->allow_extra_args(false);
  app.add_option("--hex", arguments.hex, "bytes in hexadecimal")->allow_extra_args(false);
  app.add_option("--method", arguments.methods, "only this method; may be repeated")->allow_extra_args(false);
  app.add_option("--after-end", arguments.after_end,
                 "wait this many seconds for the end of the processes, then search what they left");
  app.add_flag("--kill", arguments.kill, "also try what ends the processes");
  app.add_flag("--json", arguments.json, "report as JSON");
  app.add_option("--save", arguments.save, "also write the JSON report to this file");
  app.add_flag("--list", arguments.list, "list the methods");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kCannotSearch;
  }
  if (arguments.list) {
    list_methods();
    return 0;
  }
  const auto options = options_of(arguments);
  if (!options) return failed(options.error());
  if (geteuid() != 0) fmt::print(stderr, "memory-hunter: not root, so less can be read than root could\n");

  const std::vector<Attempt> attempts =
      arguments.after_end > 0
          ? std::vector{search_after_end(options->processes, options->patterns, arguments.after_end)}
          : hunt(*options);
  if (!arguments.save.empty())
    if (const auto saved = write_file(arguments.save, as_bytes(as_json(attempts))); !saved)
      return failed(saved.error());
  fmt::print("{}", arguments.json ? as_json(attempts) : as_text(attempts));
  return anything_found(attempts) ? kFoundSomething : kNothingFound;
}
