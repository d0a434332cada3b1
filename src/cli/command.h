// How the subcommands of `strongroom` hang together: each stands in a file of its own and adds itself to the
// parser; main() parses, runs the one that was chosen, and reports its failure.
#pragma once

#include <functional>
#include <string>

#include "strongroom/result.h"

namespace CLI {
class App;
}

namespace strongroom::cli {

// Exit code of everything that fails in Strongroom itself, wrong usage included; see docs/cli.md.
inline constexpr int kStrongroomFailed = 125;

// What the command line asked for; the result is the exit code.
struct Invocation {
  std::function<Result<int>()> run;
};

void add_doctor(CLI::App& app, Invocation& invocation);
void add_new(CLI::App& app, Invocation& invocation);
void add_build(CLI::App& app, Invocation& invocation);
void add_key(CLI::App& app, Invocation& invocation);
void add_sign(CLI::App& app, Invocation& invocation);
void add_inspect(CLI::App& app, Invocation& invocation);
void add_run(CLI::App& app, Invocation& invocation);
void add_keeper(CLI::App& app, Invocation& invocation);
void add_ps(CLI::App& app, Invocation& invocation);
void add_logs(CLI::App& app, Invocation& invocation);
void add_stop(CLI::App& app, Invocation& invocation);
void add_edl(CLI::App& app, Invocation& invocation);
void add_verify(CLI::App& app, Invocation& invocation);
void add_evidence(CLI::App& app, Invocation& invocation);
void add_policy(CLI::App& app, Invocation& invocation);
void add_collateral(CLI::App& app, Invocation& invocation);
void add_explore(CLI::App& app, Invocation& invocation);

// The one line about an error on standard error: "strongroom: MESSAGE".
void report_error(const Error& error);

}  // namespace strongroom::cli
