// `strongroom key`: signing keys.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "arch/sigstruct.h"
#include "base/encoding.h"
#include "cli/command.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  strongroom key new signer.pem\n"
    "  strongroom key show signer.pem\n"
    "  strongroom key public signer.pem > signer.pub.pem";

std::string signer_of(const crypto::RsaPrivateKey& key) {
  return to_hex(arch::signer_identity(key.public_key()));
}

Result<int> run_new(const std::string& file, bool replace) {
  if (!replace && std::filesystem::exists(file))
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot make key {}: the file exists; name another, or replace it with --force", file));
  const auto key = TRY(crypto::RsaPrivateKey::generate());
  TRY(key.save(file));
  fmt::print("{}: RSA-3072, exponent 3, readable by its owner only\nMRSIGNER {}\n", file, signer_of(key));
  return 0;
}

Result<int> run_show(const std::string& file) {
  fmt::print("MRSIGNER {}\n", signer_of(TRY(crypto::RsaPrivateKey::load(file))));
  return 0;
}

Result<int> run_public(const std::string& file) {
  fmt::print("{}", TRY(TRY(crypto::RsaPrivateKey::load(file)).public_pem()));
  return 0;
}

}  // namespace

void add_key(CLI::App& app, Invocation& invocation) {
  struct Arguments {
    std::string file;
    bool replace = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("key", "Make and show signing keys");
  command->require_subcommand(1);
  command->footer(kFooter);
  const auto add = [&](const char* name, const char* what, const char* file,
                       Result<int> (*action)(const Arguments&)) {
    CLI::App* sub = command->add_subcommand(name, what);
    sub->add_option("FILE", arguments->file, file)->required();
    sub->callback([&invocation, arguments, action] { invocation.run = [=] { return action(*arguments); }; });
    sub->footer(kFooter);
    return sub;
  };
  add("new", "Make a signing key (RSA-3072)", "the key file to write, PEM", [](const Arguments& a) {
    return run_new(a.file, a.replace);
  })->add_flag("--force", arguments->replace, "replace an existing file");
  add("show", "Print the signer's identity, MRSIGNER", "a key file",
      [](const Arguments& a) { return run_show(a.file); });
  add("public", "Print the public key as PEM", "a key file",
      [](const Arguments& a) { return run_public(a.file); });
}

}  // namespace strongroom::cli
