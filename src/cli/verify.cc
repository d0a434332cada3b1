// `strongroom verify`, `evidence` and `policy`: judging the evidence of TEEs.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "attest/command/verify_command.h"
#include "cli/command.h"

namespace strongroom::cli {
namespace {

constexpr char kVerifyFooter[] =
    "Exit code: 0 accepted, 1 refused, 2 malformed, 3 undetermined, 4 the verification could not be carried "
    "out.\n\n"
    "Examples:\n"
    "  strongroom verify quote.bin --collateral collateral/ --policy policy.toml\n"
    "  strongroom verify quote.bin --collateral pck.pem --time 2026-01-31T12:00:00Z --json | jq .verdict";

constexpr char kEvidenceFooter[] =
    "Examples:\n"
    "  strongroom evidence show quote.bin\n"
    "  strongroom evidence show quote.bin --json | jq .claims";

constexpr char kPolicyFooter[] =
    "Examples:\n"
    "  strongroom policy check policy.toml\n"
    "  strongroom policy explain policy.toml";

// Runs one of the commands of src/attest/command.
template <typename Command>
void on_call(CLI::App* app, Invocation& invocation, std::shared_ptr<Command> command) {
  app->callback([&invocation, command] {
    invocation.run = [command]() -> Result<int> { return attest::run(*command, std::cout, std::cerr); };
  });
}

}  // namespace

void add_verify(CLI::App& app, Invocation& invocation) {
  auto verify = std::make_shared<attest::VerifyCommand>();
  CLI::App* command = app.add_subcommand("verify", "Verify a piece of evidence, and judge it by a policy");
  command
      ->add_option("EVIDENCE", verify->evidence,
                   "a file, or - for standard input; binary, hexadecimal or base64")
      ->required();
  command
      ->add_option("--collateral", verify->collateral,
                   "certificates, CRLs, TCB documents: a file or a directory")
      ->allow_extra_args(false);
  command->add_option("--policy", verify->policy, "the policy (TOML)");
  command->add_option("--time", verify->time, "judge as of this time (RFC 3339) instead of now");
  command->add_option("--nonce", verify->nonce, "the nonce that the evidence must hold, in hexadecimal");
  command->add_option("--root", verify->roots, "trust this certificate as a root, too; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--json", verify->json, "print JSON");
  command->footer(kVerifyFooter);
  on_call(command, invocation, verify);
}

void add_evidence(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("evidence", "Look at evidence without judging it");
  command->require_subcommand(1);
  command->footer(kEvidenceFooter);
  auto show = std::make_shared<attest::ShowCommand>();
  CLI::App* sub = command->add_subcommand("show", "Show what a piece of evidence says");
  sub->add_option("EVIDENCE", show->evidence, "a file, or - for standard input")->required();
  sub->add_flag("--json", show->json, "print JSON");
  sub->footer(kEvidenceFooter);
  on_call(sub, invocation, show);
}

void add_policy(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("policy", "Check and explain policies");
  command->require_subcommand(1);
  command->footer(kPolicyFooter);
  for (const bool explain : {false, true}) {
    auto policy = std::make_shared<attest::PolicyCommand>();
    policy->explain = explain;
    CLI::App* sub = command->add_subcommand(
        explain ? "explain" : "check", explain ? "Say in words what a policy admits" : "Check a policy file");
    sub->add_option("FILE", policy->policy, "the policy (TOML)")->required();
    sub->footer(kPolicyFooter);
    on_call(sub, invocation, policy);
  }
}

}  // namespace strongroom::cli
