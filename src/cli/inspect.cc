// `strongroom inspect`: what an image is.
#include "image/inspect.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/file.h"
#include "cli/command.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  strongroom inspect train.enclave\n"
    "  strongroom inspect train.enclave --json | jq -r .mrenclave";

Result<int> run_inspect(const std::string& path, bool as_json) {
  const Bytes file = TRY(read_file(path, image::kMaximumImage));
  const auto view = TRY_IN(path, image::ImageView::parse(file));
  const auto report = TRY_IN(path, image::inspect(view));
  fmt::print("{}", as_json ? to_json(report) : to_text(report));
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, Invocation& invocation) {
  struct Arguments {
    std::string image;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show an image's identity, layout, manifest and what weakens it");
  command->add_option("IMAGE", arguments->image, "NAME.enclave")->required();
  command->add_flag("--json", arguments->json, "print JSON");
  command->footer(kFooter);
  command->callback([&invocation, arguments] {
    invocation.run = [arguments] { return run_inspect(arguments->image, arguments->json); };
  });
}

}  // namespace strongroom::cli
