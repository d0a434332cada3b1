#include "edge/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "edge/check.h"
#include "edge/load.h"
#include "edge/names.h"

namespace strongroom::edl {

namespace {

// "my-enclave.edl" -> "my_enclave".
Result<std::string> namespace_of(const std::string& file_name) {
  std::string name = std::filesystem::path(file_name).stem();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  const bool digit = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) != 0;
  if (name.empty() || digit || is_reserved(name)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: the file's name cannot be a C++ namespace; rename the file, for instance to "
                            "'enclave_{}.edl'",
                            file_name, name));
  }
  return name;
}

}  // namespace

Result<Compilation> compile(const std::string& path, const CompileOptions& options) {
  Compilation compilation;
  compilation.interface.file_name = std::filesystem::path(path).filename();
  compilation.interface.name = TRY(namespace_of(compilation.interface.file_name));
  TRY(load(path, options, compilation));
  check(compilation, options);
  return compilation;
}

}  // namespace strongroom::edl
