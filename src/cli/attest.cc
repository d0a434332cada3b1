// `strongroom verify`, `evidence`, `policy` and `collateral`: judging the evidence of TEEs.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "attest/command/import_command.h"
#include "attest/command/verify_command.h"
#include "attest/command/wrap_command.h"
#include "attest/fetch/collateral_command.h"
#include "cli/attest_program.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace strongroom::cli {
namespace {

constexpr char kVerifyFooter[] =
    "Exit code: 0 accepted, 1 refused, 2 malformed, 3 undetermined, 125 the verification could not be "
    "carried out.\n\n"
    "Examples:\n"
    "  strongroom verify quote.bin --collateral collateral/ --policy policy.toml\n"
    "  strongroom verify quote.bin --collateral pck.pem --time 2026-01-31T12:00:00Z --json | jq .verdict\n"
    "  strongroom verify quote.bin --collateral collateral/ --result jwt --result-key verifier.pem";

constexpr char kEvidenceFooter[] =
    "Examples:\n"
    "  strongroom evidence show quote.bin\n"
    "  strongroom evidence show quote.bin --json | jq .claims\n"
    "  strongroom evidence wrap token.eat --output evidence.cmw";

constexpr char kPolicyFooter[] =
    "Examples:\n"
    "  strongroom policy check policy.toml\n"
    "  strongroom policy explain policy.toml\n"
    "  strongroom policy import vendor.corim --tee tdx --key vendor.pem --output policy.toml";

constexpr char kCollateralFooter[] =
    "Examples:\n"
    "  strongroom collateral fetch quote.bin --cache collateral/\n"
    "  strongroom collateral fetch quote.bin --cache collateral/ --pccs http://localhost:8081\n"
    "  strongroom collateral check collateral/ && strongroom verify quote.bin --collateral collateral/";

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
  verify->colour = coloured();
  CLI::App* command = app.add_subcommand(kVerify.name, kVerify.description);
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
  command->add_option("--result", verify->result, "print an EAT attestation result instead: jwt or cwt");
  command->add_option("--result-key", verify->result_key,
                      "the private key that signs it (PEM; P-256, P-384, P-521)");
  command->add_option("--result-file", verify->result_file, "write it there, and print the table as well");
  command->footer(kVerifyFooter);
  on_call(command, invocation, verify);
}

void add_evidence(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(kEvidence.name, kEvidence.description);
  command->require_subcommand(1);
  command->footer(kEvidenceFooter);
  auto show = std::make_shared<attest::ShowCommand>();
  show->colour = coloured();
  CLI::App* sub = command->add_subcommand("show", "Show what a piece of evidence says");
  sub->add_option("EVIDENCE", show->evidence, "a file, or - for standard input")->required();
  sub->add_flag("--json", show->json, "print JSON");
  sub->footer(kEvidenceFooter);
  on_call(sub, invocation, show);

  auto wrap = std::make_shared<attest::WrapCommand>();
  CLI::App* wrapper =
      command->add_subcommand("wrap", "Write evidence as a conceptual message wrapper (CMW, JSON or CBOR)");
  wrapper->add_option("EVIDENCE", wrap->evidence, "a file, or - for standard input")->required();
  wrapper->add_option("--type", wrap->type, "its media type, where its format has none of its own");
  wrapper->add_flag("--cbor", wrap->cbor, "CBOR instead of JSON");
  wrapper->add_option("--output", wrap->output, "write it there");
  wrapper->footer(kEvidenceFooter);
  wrapper->callback([&invocation, wrap] {
    invocation.run = [wrap]() -> Result<int> { return attest::run(*wrap, std::cout); };
  });
}

void add_policy(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(kPolicy.name, kPolicy.description);
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
  auto import = std::make_shared<attest::ImportCommand>();
  CLI::App* sub = command->add_subcommand("import", "Make a policy of a CoRIM's reference values");
  sub->add_option("FILE", import->corim, "the CoRIM (CBOR, signed or not)")->required();
  sub->add_option("--tee", import->tee, "the TEE of environments that do not tell theirs");
  sub->add_option("--key", import->keys,
                  "the public key or certificate that must have signed it; may be repeated")
      ->allow_extra_args(false);
  sub->add_option("--time", import->time, "it must be valid at this time (RFC 3339); default: now");
  sub->add_option("--output", import->output, "write the policy there");
  sub->add_flag("--insecure-unverified", import->insecure_unverified, "take a signed one unchecked");
  sub->add_flag("--insecure-partial", import->insecure_partial,
                "leave out what a policy cannot express; the policy accepts more then");
  sub->footer(kPolicyFooter);
  sub->callback([&invocation, import] {
    invocation.run = [import]() -> Result<int> { return attest::run(*import, std::cout); };
  });
}

void add_collateral(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(kCollateral.name, kCollateral.description);
  command->require_subcommand(1);
  command->footer(kCollateralFooter);
  auto fetch = std::make_shared<attest::fetch::FetchCommand>();
  CLI::App* sub =
      command->add_subcommand("fetch", "Fetch the collateral of evidence from Intel, a PCCS, or AMD");
  sub->add_option("EVIDENCE", fetch->evidence, "quotes, reports; binary, hexadecimal or base64")->required();
  sub->add_option("--cache", fetch->cache,
                  "the directory; default: strongroom/collateral in the user's cache");
  sub->add_option("--pccs", fetch->pccs, "a PCCS, instead of Intel's service");
  sub->add_option("--kds", fetch->kds, "another server instead of AMD's");
  sub->add_flag("--refresh", fetch->refresh, "ask the servers for what was fetched today, too");
  sub->footer(kCollateralFooter);
  sub->callback([&invocation, fetch] {
    invocation.run = [fetch]() -> Result<int> { return attest::fetch::run(*fetch, std::cout); };
  });
  for (const bool check : {false, true}) {
    auto inspect = std::make_shared<attest::fetch::InspectCommand>();
    inspect->check = check;
    CLI::App* look =
        command->add_subcommand(check ? "check" : "show",
                                check ? "Name the files that are not current; exit code 1 where there are any"
                                      : "Show what is in a directory, and until when it is valid");
    look->add_option("DIR", inspect->directory, "the directory")->required();
    look->add_option("--time", inspect->time, "as of this time (RFC 3339) instead of now");
    look->footer(kCollateralFooter);
    look->callback([&invocation, inspect] {
      invocation.run = [inspect]() -> Result<int> { return attest::fetch::run(*inspect, std::cout); };
    });
  }
}

}  // namespace strongroom::cli
