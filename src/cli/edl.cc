// `strongroom edl`: typed C++ for both sides of an interface file.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "edge/edl_command.h"

namespace strongroom::cli {
namespace {

constexpr int kHasErrors = 1;

constexpr char kFooter[] =
    "Exit code: 0 when the files were written, 1 when the interface file has errors.\n\n"
    "Examples:\n"
    "  strongroom edl ledger.edl --output generated\n"
    "  strongroom edl ledger.edl --search-path ../common -D WITH_AUDIT --trusted";

Result<int> run_edl(const edl::EdlCommand& command) {
  const edl::EdlOutcome outcome = TRY(edl::run_edl_command(command));
  (void)std::fputs(outcome.diagnostics.c_str(), stderr);
  for (const std::string& path : outcome.written) std::printf("%s\n", path.c_str());
  return outcome.diagnostics.empty() ? 0 : kHasErrors;
}

}  // namespace

void add_edl(CLI::App& app, Invocation& invocation) {
  auto edl = std::make_shared<edl::EdlCommand>();
  CLI::App* command =
      app.add_subcommand("edl", "Generate the calls between enclave and host from an interface file");
  command->add_option("FILE", edl->file, "the interface file (EDL)")->required();
  command->add_option("--output", edl->output_directory, "the directory to write into")
      ->capture_default_str();
  command->add_option("--search-path", edl->search_paths, "a directory of imported files; may be repeated")
      ->allow_extra_args(false);
  command->add_option("-D", edl->defines, "define a name, as NAME or NAME=VALUE; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--depfile", edl->dependency_file,
                      "for build tools: NAME.d, which is to list the interface files that NAME is made of");
  command->add_flag("--trusted", edl->trusted_only, "only the enclave's files");
  command->add_flag("--untrusted", edl->untrusted_only, "only the host's files");
  command->add_flag("--c", edl->c_entry_points, "also entry points for C");
  command->add_flag("--allow-user-check", edl->allow_user_check,
                    "allow pointers that nothing checks (user_check)");
  command->footer(kFooter);
  command->callback([&invocation, edl] { invocation.run = [edl] { return run_edl(*edl); }; });
}

}  // namespace strongroom::cli
