// Each FILE.edl of testdata is compiled, and what the compiler says is compared with FILE.expected: the
// diagnostics, or the interface where there are none. Options stand in the first line: "// options: -DNAME
// --allow-user-check". With STRONGROOM_UPDATE_EXPECTED=1 in the environment, the expected files are written
// anew, to be reviewed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "edge/compile.h"
#include "edge/dump.h"

namespace strongroom::edl {
namespace {

const std::filesystem::path& directory() {
  static const std::filesystem::path path = STRONGROOM_EDL_TESTDATA;
  return path;
}

std::string text_of(const std::filesystem::path& path) {
  const Result<Bytes> bytes = read_file(path);
  return bytes ? std::string(as_text(*bytes)) : "";
}

CompileOptions options_of(const std::string& text) {
  CompileOptions options;
  // Paths are shown as seen from testdata, wherever the source tree stands.
  options.load = [](const std::string& path) { return load_from_disk(directory() / path); };
  static constexpr std::string_view kMark = "// options: ";
  if (!text.starts_with(kMark)) return options;
  std::istringstream words(text.substr(kMark.size(), text.find('\n') - kMark.size()));
  for (std::string word; words >> word;) {
    if (word.starts_with("-D")) {
      const size_t sign = std::min(word.find('='), word.size());
      options.defines[word.substr(2, sign - 2)] = word.substr(std::min(sign + 1, word.size()));
    }
    if (word == "--allow-user-check") options.allow_user_check = true;
    if (word == "--search-path" && words >> word) options.search_paths.push_back(word);
  }
  return options;
}

std::string compiled(const std::string& name) {
  const std::string file = name + ".edl";
  const Result<Compilation> compilation = compile(file, options_of(text_of(directory() / file)));
  if (!compilation) return "cannot compile: " + compilation.error().message + "\n";
  if (!compilation->diagnostics.empty()) return compilation->diagnostics.render(compilation->sources);
  return dump(compilation->interface);
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory())) {
    if (entry.path().extension() == ".edl") out.push_back(entry.path().stem());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, TheCompilerSaysWhatIsExpected) {
  const std::filesystem::path expected = directory() / (GetParam() + ".expected");
  const std::string actual = compiled(GetParam());
  if (std::getenv("STRONGROOM_UPDATE_EXPECTED") != nullptr) {
    ASSERT_TRUE(write_file(expected, as_bytes(actual)));
  }
  ASSERT_TRUE(std::filesystem::exists(expected)) << expected;
  EXPECT_EQ(actual, text_of(expected));
  // What is accepted says "enclave NAME"; only files that are named for it are.
  EXPECT_EQ(actual.starts_with("enclave "), GetParam().starts_with("ok_") || GetParam().starts_with("part_"));
}

INSTANTIATE_TEST_SUITE_P(Edl, GoldenTest, testing::ValuesIn(names()),
                         [](const testing::TestParamInfo<std::string>& info) { return info.param; });

TEST(GoldenTestData, CoversTheLanguage) {
  EXPECT_GE(names().size(), 150U);
}

}  // namespace
}  // namespace strongroom::edl
