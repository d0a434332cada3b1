// `strongroom explore`: evidence on a local page.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "attest/explore/explore_command.h"
#include "cli/attest_program.h"
#include "cli/command.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "Serves a page on 127.0.0.1 alone, until it is ended; the address that it prints holds the session's "
    "token.\n\n"
    "Examples:\n"
    "  strongroom explore\n"
    "  strongroom explore quote.bin --collateral collateral/ --policy policy.toml --port 8080";

}  // namespace

void add_explore(CLI::App& app, Invocation& invocation) {
  auto explore = std::make_shared<attest::explore::ExploreCommand>();
  CLI::App* command = app.add_subcommand(kExplore.name, kExplore.description);
  command->add_option("EVIDENCE", explore->evidence, "what the page begins with; - is standard input");
  command->add_option("--collateral", explore->collateral, "a file or a directory; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--policy", explore->policy, "the policy (TOML)");
  command->add_option("--time", explore->time, "judge as of this time (RFC 3339) instead of now");
  command->add_option("--nonce", explore->nonce, "the nonce that the evidence must hold, in hexadecimal");
  command->add_option("--root", explore->roots, "trust this certificate as a root, too; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--port", explore->port, "the port; default: one that is free");
  command->footer(kFooter);
  command->callback([&invocation, explore] {
    invocation.run = [explore]() -> Result<int> { return attest::explore::run(*explore, std::cout); };
  });
}

}  // namespace strongroom::cli
