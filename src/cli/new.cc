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
    "  cd hello && cmake -B build && cmake --build build && strongroom run build/hello.enclave";

bool is_good_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && name[0] != '-' && std::all_of(name.begin(), name.end(), good);
}

Result<int> run_new(const std::string& directory) {
  const std::filesystem::path path(directory);
  const std::string name = path.filename().string();
  if (!is_good_name(name))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" cannot be a project's name; use letters, digits, - and _", name));
  std::error_code error;
  if (std::filesystem::exists(path, error))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot make {}: it exists; choose another name", directory));
  if (!std::filesystem::create_directories(path, error))
    return fail_errno(fmt::format("cannot make {}", directory), error.value());
  for (const ProjectFile& file : project_files(name))
    TRY(write_file(path / file.path, as_bytes(file.content)));
  fmt::print(
      "{0}: a project made of main.cc, strongroom.toml and CMakeLists.txt\n"
      "next: cd {0} && cmake -B build && cmake --build build && strongroom run build/{1}.enclave\n",
      directory, name);
  return 0;
}

}  // namespace

void add_new(CLI::App& app, Invocation& invocation) {
  auto directory = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("new", "Make a project to start from");
  command->add_option("NAME", *directory, "the directory to make; its last part is the project's name")
      ->required();
  command->footer(kFooter);
  command->callback(
      [&invocation, directory] { invocation.run = [directory] { return run_new(*directory); }; });
}

}  // namespace strongroom::cli
