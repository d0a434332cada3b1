// `strongroom new`: a project to start from.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "base/file.h"
#include "cli/command.h"
#include "cli/project_template.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  strongroom new hello\n"
    "  cd hello && cmake -B build && cmake --build build && strongroom run --allow-unsigned "
    "build/hello.enclave\n"
    "  strongroom new --partitioned vault\n"
    "  cd vault && cmake -B build && cmake --build build && build/vault";

bool is_good_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && name[0] != '-' && std::all_of(name.begin(), name.end(), good);
}

// What CMake keeps for itself (policy CMP0037).
bool is_cmake_target(std::string_view name) {
  for (const std::string_view reserved :
       {"all", "ALL_BUILD", "clean", "edit_cache", "help", "install", "INSTALL", "package", "PACKAGE",
        "package_source", "preinstall", "rebuild_cache", "RUN_TESTS", "test", "ZERO_CHECK"})
    if (name == reserved) return true;
  return false;
}

Result<int> run_new(const std::string& directory, bool partitioned) {
  const std::filesystem::path path(directory);
  const std::string name = path.filename().string();
  if (!is_good_name(name))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" cannot be a project's name; use letters, digits, - and _", name));
  if (is_cmake_target(name))
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("\"{0}\" is a target of CMake's own; choose another name, for instance my_{0}", name));
  std::error_code error;
  if (std::filesystem::exists(path, error))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot make {}: it exists; choose another name", directory));
  if (!std::filesystem::create_directories(path, error))
    return fail_errno(fmt::format("cannot make {}", directory), error.value());
  for (const ProjectFile& file : partitioned ? partitioned_project_files(name) : project_files(name))
    TRY(write_file(path / file.path, as_bytes(file.content)));
  fmt::print("{0}: a project made of {1}, strongroom.toml and CMakeLists.txt\n", directory,
             partitioned ? "an interface (EDL), enclave.cc, host.cc" : "main.cc");
  fmt::print("next: cd {0} && cmake -B build && cmake --build build && {2}build/{1}{3}\n", directory, name,
             partitioned ? "" : "strongroom run --allow-unsigned ", partitioned ? "" : ".enclave");
  return 0;
}

}  // namespace

void add_new(CLI::App& app, Invocation& invocation) {
  auto directory = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("new", "Make a project to start from");
  command->add_option("NAME", *directory, "the directory to make; its last part is the project's name")
      ->required();
  auto partitioned = std::make_shared<bool>(false);
  command->add_flag("--partitioned", *partitioned, "an application and its enclave, which call each other");
  command->footer(kFooter);
  command->callback([&invocation, directory, partitioned] {
    invocation.run = [directory, partitioned] { return run_new(*directory, *partitioned); };
  });
}

}  // namespace strongroom::cli
