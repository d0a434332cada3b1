// `strongroom inspect`: what an image is.
#include "image/inspect.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "base/file.h"
#include "cli/command.h"
#include "image/sgx_file.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  strongroom inspect train.enclave\n"
    "  strongroom inspect train.enclave --json | jq -r .mrenclave\n"
    "  strongroom inspect --tee sgx train.enclave\n"
    "  strongroom inspect --sgx enclave.signed.so\n"
    "  strongroom inspect --sgx enclave.sgxs --signature enclave.sig";

constexpr size_t kMaximumSgxFile = size_t{4} << 30;

Result<int> run_inspect(const std::string& path, bool as_json, bool in_sgx) {
  const Bytes file = TRY(read_file(path, image::kMaximumImage));
  const auto view = TRY_IN(path, image::ImageView::parse(file));
  const auto report = TRY_IN(path, image::inspect(view));
  fmt::print("{}", as_json ? to_json(report, in_sgx) : to_text(report, in_sgx));
  return 0;
}

// The SIGSTRUCT of a stream: the named file, or NAME.sig beside NAME.sgxs where there is one.
Result<Bytes> read_signature(const std::filesystem::path& stream, const std::string& named) {
  if (!named.empty()) return read_file(named, sizeof(arch::Sigstruct));
  std::filesystem::path beside = stream;
  beside.replace_extension(".sig");
  if (stream.extension() != ".sgxs" || !std::filesystem::exists(beside)) return Bytes{};
  return read_file(beside, sizeof(arch::Sigstruct));
}

Result<int> run_inspect_sgx(const std::string& path, const std::string& signature_path, bool as_json) {
  const Bytes file = TRY(read_file(path, kMaximumSgxFile));
  const Bytes signature = TRY(read_signature(path, signature_path));
  const auto report = TRY_IN(path, image::inspect_sgx(file, signature));
  fmt::print("{}", as_json ? to_json(report) : to_text(report));
  return report.holds() ? 0 : 1;
}

}  // namespace

void add_inspect(CLI::App& app, Invocation& invocation) {
  struct Arguments {
    std::string image;
    std::string signature;
    bool sgx = false;
    bool json = false;
    std::string tee;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show an image's identity, layout, manifest and what weakens it");
  command->add_option("IMAGE", arguments->image, "NAME.enclave")->required();
  command->add_flag("--json", arguments->json, "print JSON");
  CLI::Option* const tee =
      command->add_option("--tee", arguments->tee, "sgx: list what would trap or is illegal there")
          ->check(CLI::IsMember({"sgx"}));
  CLI::Option* const sgx = command->add_flag(
      "--sgx", arguments->sgx,
      "read an SGX enclave of another tool (.signed.so, .sgxs, .sig); exit code 1 if it does not hold");
  command->add_option("--signature", arguments->signature, "the SIGSTRUCT of an .sgxs file")->needs(sgx);
  sgx->excludes(tee);
  command->footer(kFooter);
  command->callback([&invocation, arguments] {
    invocation.run = [arguments] {
      return arguments->sgx ? run_inspect_sgx(arguments->image, arguments->signature, arguments->json)
                            : run_inspect(arguments->image, arguments->json, arguments->tee == "sgx");
    };
  });
}

}  // namespace strongroom::cli
