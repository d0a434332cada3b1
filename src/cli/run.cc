// `strongroom run`: runs an image, or a program by way of an image that lasts as long as the run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "arch/image_header.h"
#include "base/file.h"
#include "cli/build_input.h"
#include "cli/command.h"
#include "image/image_file.h"
#include "strongroom/host.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "Standard input, output and error are the program's. The exit code is the program's own; 128 plus the "
    "number of\n"
    "a signal where it crashed, as a shell tells it; 125 where Strongroom itself failed.\n\n"
    "Examples:\n"
    "  strongroom run train.enclave < patients.csv\n"
    "  strongroom run --tee vm --strict train.enclave\n"
    "  strongroom run ./train -- --epochs 100     # a program: unsigned, with arguments from the host";

struct Arguments {
  std::string tee = "auto";
  std::string keeper = "auto";
  std::string target;
  std::vector<std::string> arguments;
  bool trace = false, strict = false, debug = false, wait_for_debugger = false, allow_unsigned = false,
       emulator = false;
};

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

// An image of a program or a manifest that exists only for this run. Nobody but the caller gives the
// arguments, so he may; nobody signed it.
Result<host::Image> ephemeral_image(const std::string& path, InputKind kind) {
  image::Manifest manifest = TRY(manifest_for(path));
  if (kind == InputKind::kProgram) manifest.insecure_host_arguments = true;
  return host::Image::from_bytes(TRY(build_with_embedded_kernel(manifest)).file, name_of(path));
}

// An image from its file. Arguments that it would ignore are refused, so that nobody believes that they
// arrived.
Result<host::Image> image_file(const std::string& path, bool with_arguments) {
  const Bytes file = TRY(read_file(path, image::kMaximumImage));
  const auto view = TRY_IN(path, image::ImageView::parse(file));
  if (with_arguments && (view.header().flags & arch::kImageHostArguments) == 0)
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} takes no arguments from the host; put them into `arguments` of its manifest, or set "
                    "insecure_host_arguments there (options of strongroom stand before the image)",
                    path));
  return TRY_IN(path, host::Image::from_bytes(file, name_of(path)));
}

// What a shell would say of a program that crashed so; 125 for ends that are not the program's doing.
int exit_code(const host::End& end) {
  if (end.kind == host::EndKind::kExited) return end.status;
  return end.kind == host::EndKind::kAborted && end.signal != 0 ? 128 + end.signal : kStrongroomFailed;
}

// The emulator is never installed: it lies in the directory that Strongroom was built in.
Result<void> use_emulator(host::Tee tee) {
  constexpr const char* kVariable = "STRONGROOM_SGX_EMULATOR";
  if (tee != host::Tee::kSgx) return fail(ErrorCode::kInvalidArgument, "--emulator is for --tee sgx alone");
  if (std::getenv(kVariable) != nullptr) return {};
  std::error_code ignored;
  const auto library = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() /
                       "../../emulator/sgx/preload/libsgxemu.so";
  if (!std::filesystem::exists(library, ignored))
    return fail(ErrorCode::kNotFound,
                fmt::format("the emulator is for tests and is not installed; run this command from the "
                            "directory it was built in, or set {} to the path of libsgxemu.so",
                            kVariable));
  setenv(kVariable, std::filesystem::canonical(library).c_str(), 1);
  return {};
}

Result<int> run_run(const Arguments& arguments) {
  host::LaunchOptions options;
  options.tee = TRY(host::tee_from_string(arguments.tee));
  if (arguments.emulator) TRY(use_emulator(options.tee));
  options.keeper = TRY(host::keeper_from_string(arguments.keeper));
  options.strict = arguments.strict;
  options.debug = arguments.debug || arguments.wait_for_debugger;
  options.wait_for_debugger = arguments.wait_for_debugger;
  options.trace = arguments.trace;
  options.arguments = arguments.arguments;
  if (!options.arguments.empty() && options.arguments.front() == "--")
    options.arguments.erase(options.arguments.begin());
  for (char** variable = environ; *variable != nullptr; ++variable)
    options.environment.emplace_back(*variable);

  const InputKind kind = TRY(kind_of(arguments.target));
  options.allow_unsigned = arguments.allow_unsigned || kind != InputKind::kImage;
  const host::Image image = kind == InputKind::kImage
                                ? TRY(image_file(arguments.target, !options.arguments.empty()))
                                : TRY(ephemeral_image(arguments.target, kind));
  host::Enclave enclave = TRY(host::Enclave::launch(image, options));
  for (const std::string& warning : enclave.warnings())
    fmt::print(stderr, "strongroom: warning: {}\n", warning);
  if (arguments.wait_for_debugger)
    fmt::print(stderr, "strongroom: waiting for a debugger to attach to process {}\n", enclave.process_id());
  const host::End end = TRY(enclave.wait());
  if (end.kind != host::EndKind::kExited)
    report_error(
        {ErrorCode::kUnavailable, fmt::format("{}: the enclave ended: {}", arguments.target, end.message)});
  return exit_code(end);
}

}  // namespace

void add_run(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("run", "Run an image or a program in an enclave");
  command->add_option("TARGET", arguments->target, "NAME.enclave, or a static-pie program, or a manifest")
      ->required();
  command->add_option("ARGS", arguments->arguments,
                      "what follows TARGET, with or without --, is the program's");
  command->add_option("--tee", arguments->tee, "auto, process, vm or sgx")->capture_default_str();
  command
      ->add_option("--keeper", arguments->keeper,
                   "auto: the machine's daemon where it runs, else one of this command's own; daemon; own")
      ->capture_default_str();
  command->add_flag("--strict", arguments->strict, "refuse where this machine lacks a protection of the TEE");
  command->add_flag("--trace", arguments->trace, "name system calls that the enclave kernel does not serve");
  command->add_flag("--debug", arguments->debug,
                    "let debuggers in, which protects nothing; the image must allow it");
  command->add_flag(
      "--wait-for-debugger", arguments->wait_for_debugger,
      "with --debug, in process or vm: say the process to attach to, and wait for it; see docs/debugging.md");
  command->add_flag("--emulator", arguments->emulator,
                    "with --tee sgx: emulate the processor, for tests; this protects nothing");
  command->add_flag("--allow-unsigned", arguments->allow_unsigned, "run an image that nobody signed");
  command->positionals_at_end();
  command->footer(kFooter);
  command->callback(
      [&invocation, arguments] { invocation.run = [arguments] { return run_run(*arguments); }; });
}

}  // namespace strongroom::cli
