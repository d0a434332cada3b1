// Any text through the whole compiler: it reports, or it generates, and never fails in any other way. The
// first byte chooses the options; every import gets the text itself, so that cycles and repetitions come up,
// too.
#include <cstdlib>

#include "edge/compile.h"
#include "edge/generate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::edl;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  CompileOptions options;
  options.allow_user_check = (data[0] & 1) != 0;
  if ((data[0] & 2) != 0) options.defines = {{"A", "3"}, {"DEBUG", ""}};
  size_t loads = 0;
  options.load = [&](const std::string& path) -> strongroom::Result<std::string> {
    if (++loads > 4) return strongroom::fail(strongroom::ErrorCode::kNotFound, path + ": not found");
    return text;
  };
  const auto compilation = compile("fuzz.edl", options);
  if (!compilation) std::abort();
  if (!compilation->diagnostics.empty()) {
    if (compilation->diagnostics.render(compilation->sources).empty()) std::abort();
    return 0;
  }
  const GenerateOptions parts{.trusted = true, .untrusted = true, .c_entry_points = true};
  if (generate(compilation->interface, parts).empty()) std::abort();
  return 0;
}
