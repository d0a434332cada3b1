#include "edge/edl_command.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "edge/compile.h"
#include "edge/generate.h"

namespace strongroom::edl {

namespace {

Result<Defines> defines_of(const EdlCommand& command) {
  Defines defines;
  for (const std::string& define : command.defines) {
    // "NAME=VALUE" as compilers take it: EDL asks only whether the name is defined.
    const std::string name = define.substr(0, define.find('='));
    if (name.empty())
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("-D{}: the name is missing; write -DNAME", define));
    defines.insert(name);
  }
  return defines;
}

// Build tools go by the time of files: one that would not change is left alone.
Result<void> write_if_changed(const std::string& path, const std::string& text) {
  const Result<Bytes> present = read_file(path);
  if (present && as_text(*present) == text) return {};
  return write_file(path, as_bytes(text));
}

}  // namespace

Result<EdlOutcome> run_edl_command(const EdlCommand& command) {
  if (command.trusted_only && command.untrusted_only)
    return fail(ErrorCode::kInvalidArgument,
                "--trusted and --untrusted exclude each other; leave both out for all files");
  const CompileOptions options{.search_paths = command.search_paths,
                               .defines = TRY(defines_of(command)),
                               .allow_user_check = command.allow_user_check};
  const Compilation compilation = TRY(compile(command.file, options));
  EdlOutcome outcome;
  if (!compilation.diagnostics.empty()) {
    outcome.diagnostics = compilation.diagnostics.render(compilation.sources);
    return outcome;
  }
  const GenerateOptions parts{.trusted = !command.untrusted_only,
                              .untrusted = !command.trusted_only,
                              .c_entry_points = command.c_entry_points};
  const std::filesystem::path directory = command.output_directory.empty() ? "." : command.output_directory;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    return fail_errno(fmt::format("cannot make the directory {}", directory.string()), error.value());
  for (const GeneratedFile& file : generate(compilation.interface, parts)) {
    const std::string path = directory / file.name;
    TRY(write_if_changed(path, file.text));
    outcome.written.push_back(path);
  }
  return outcome;
}

}  // namespace strongroom::edl
