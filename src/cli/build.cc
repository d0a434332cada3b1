// `strongroom build`: a program and its manifest become an image.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/encoding.h"
#include "base/file.h"
#include "cli/build_input.h"
#include "cli/command.h"
#include "cli/date.h"
#include "image/image_measure.h"
#include "image/sign.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "The program must be a static position-independent executable: g++ -O2 -static-pie. What stands in\n"
    "strongroom.toml: docs/manifest.md.\n\n"
    "Examples:\n"
    "  strongroom build train\n"
    "  strongroom build strongroom.toml -o train.enclave --key signer.pem";

struct Arguments {
  std::string input, program, output, key;
};

Result<int> run_build(const Arguments& arguments) {
  image::Manifest manifest = TRY(manifest_for(arguments.input));
  if (!arguments.program.empty()) manifest.program = arguments.program;
  image::BuiltImage built = TRY(build_with_embedded_kernel(manifest));
  if (!arguments.key.empty())
    TRY(image::sign_image(built.file, TRY(crypto::RsaPrivateKey::load(arguments.key)), TRY(signing_date())));
  const std::string output = arguments.output.empty() ? manifest.name + ".enclave" : arguments.output;
  TRY(write_file(output, built.file));

  const auto& sites = built.rewrite.sites;
  const auto rewritten =
      std::count_if(sites.begin(), sites.end(), [](const auto& site) { return site.rewritten(); });
  const auto view = TRY(image::ImageView::parse(built.file));
  fmt::print("{}: {} bytes, {} of {} system call sites rewritten, {}\nMRENCLAVE {}\n", output,
             built.file.size(), rewritten, sites.size(), view.is_signed() ? "signed" : "unsigned",
             to_hex(TRY(image::measure(view))));
  return 0;
}

}  // namespace

void add_build(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("build", "Build an image, NAME.enclave, from a program");
  command->add_option("INPUT", arguments->input, "a static-pie program, or a manifest (strongroom.toml)")
      ->required();
  command->add_option("-o,--output", arguments->output, "the image to write (default: NAME.enclave)");
  command->add_option("--program", arguments->program,
                      "the program, instead of the one that the manifest names");
  command->add_option("--key", arguments->key, "sign the image with this private key (PEM)");
  command->footer(kFooter);
  command->callback(
      [&invocation, arguments] { invocation.run = [arguments] { return run_build(*arguments); }; });
}

}  // namespace strongroom::cli
