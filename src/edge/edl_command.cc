#include "edge/edl_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "edge/compile.h"
#include "edge/generate.h"

namespace strongroom::edl {

namespace {

bool is_name(const std::string& text) {
  const auto in_names = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), in_names);
}

bool is_number(const std::string& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) == 0) return false;
  char* end = nullptr;
  errno = 0;
  (void)std::strtoull(text.c_str(), &end, 0);
  return errno == 0 && *end == '\0';
}

Result<Defines> defines_of(const EdlCommand& command) {
  Defines defines;
  for (const std::string& define : command.defines) {
    const size_t sign = std::min(define.find('='), define.size());
    const std::string name = define.substr(0, sign);
    const std::string value = define.substr(std::min(sign + 1, define.size()));
    if (!is_name(name))
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("-D{}: '{}' is not a name; write -DNAME or -DNAME=VALUE", define, name));
    if (!value.empty() && !is_name(value) && !is_number(value))
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("-D{}: '{}' is neither a number nor a name; write anything longer as a #define in "
                      "the file",
                      define, value));
    defines[name] = value;
  }
  return defines;
}

// Build tools go by the time of files: one that would not change is left alone.
Result<void> write_if_changed(const std::string& path, const std::string& text) {
  const Result<Bytes> present = read_file(path);
  if (present && as_text(*present) == text) return {};
  return write_file(path, as_bytes(text));
}

// As compilers write them: "NAME: FILE FILE...".
Result<void> write_dependencies(const std::string& path, const SourceSet& sources) {
  constexpr std::string_view kSuffix = ".d";
  if (!path.ends_with(kSuffix) || path.size() == kSuffix.size())
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--depfile {}: the name must be that of the target, with .d behind it", path));
  const auto escaped = [](std::string_view name) {
    std::string out;
    for (const char c : name) {
      if (c == ' ' || c == '#') out += '\\';
      if (c == '$') out += '$';
      out += c;
    }
    return out;
  };
  std::string text = escaped(path.substr(0, path.size() - kSuffix.size())) + ":";
  for (uint32_t file = 0; file < sources.count(); ++file) text += " " + escaped(sources.path(file));
  return write_file(path, as_bytes(text + "\n"));
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
  if (!command.dependency_file.empty()) TRY(write_dependencies(command.dependency_file, compilation.sources));
  return outcome;
}

}  // namespace strongroom::edl
