#include "edge/edl_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace strongroom::edl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EdlCommandTest : public testing::Test {
 protected:
  EdlCommandTest() {
    std::string name = (std::filesystem::temp_directory_path() / "edl_command_XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  ~EdlCommandTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    EXPECT_TRUE(write_file(path, as_bytes(text)));
    return path;
  }
  EdlCommand command(const std::string& file) {
    EdlCommand command;
    command.file = file;
    command.output_directory = directory_ / "out" / "deep";
    return command;
  }
  std::filesystem::path directory_;
};

TEST_F(EdlCommandTest, WritesTheFilesOfBothSides) {
  const auto outcome = run_edl_command(command(write("a.edl", "enclave { trusted { public void f(); }; };")));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(outcome->diagnostics, IsEmpty());
  EXPECT_THAT(outcome->written, SizeIs(5));
  for (const std::string& path : outcome->written) EXPECT_TRUE(std::filesystem::exists(path)) << path;
}

TEST_F(EdlCommandTest, LeavesFilesAloneThatWouldNotChange) {
  const std::string file = write("a.edl", "enclave { trusted { public void f(); }; };");
  const std::string header = run_edl_command(command(file))->written[0];
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(5);
  std::filesystem::last_write_time(header, long_ago);
  ASSERT_TRUE(run_edl_command(command(file)));
  EXPECT_EQ(std::filesystem::last_write_time(header), long_ago);
}

TEST_F(EdlCommandTest, WritesNothingWhereTheFileHasErrors) {
  const auto outcome =
      run_edl_command(command(write("a.edl", "enclave { trusted { public void f(int* a); }; };")));
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->diagnostics, HasSubstr("a.edl:1:40: error: the pointer 'a' has no attribute"));
  EXPECT_THAT(outcome->written, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
}

TEST_F(EdlCommandTest, TakesSearchPathsDefinesAndUserCheck) {
  write("parts/part.edl", "enclave { trusted { public void part(); }; };");
  EdlCommand full =
      command(write("a.edl",
                    "enclave { import \"part.edl\"\n#ifdef YES\n trusted { public void f([user_check] "
                    "void* a); };\n#endif\n};"));
  full.search_paths = {directory_ / "parts"};
  full.defines = {"YES=1"};
  full.allow_user_check = true;
  full.untrusted_only = true;
  const auto outcome = run_edl_command(full);
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->diagnostics, IsEmpty());
  EXPECT_THAT(outcome->written, SizeIs(3));
  const std::string header(as_text(*read_file(outcome->written[1])));
  EXPECT_THAT(header, HasSubstr("f(void* a)"));
  EXPECT_THAT(header, HasSubstr("part()"));
}

TEST_F(EdlCommandTest, ADefinedValueStandsForItsName) {
  EdlCommand sized = command(write(
      "a.edl",
      "enclave { trusted { public void f([in, count=SIZE] const int* a, [in, count=ALONE] const int* b, "
      "size_t ALONE); }; };"));
  sized.defines = {"SIZE=0x10", "ALONE"};
  const auto outcome = run_edl_command(sized);
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->diagnostics, IsEmpty());
  EXPECT_THAT(std::string(as_text(*read_file(outcome->written[1]))),
              HasSubstr("f(std::span<const int, 16> a, std::span<const int> b)"));
}

TEST_F(EdlCommandTest, BuildToolsLearnWhichFilesWereRead) {
  const std::string part = write("parts/a part.edl", "enclave { };");
  EdlCommand full = command(write("a.edl", "enclave { import \"a part.edl\" import \"sgx_tstdc.edl\" };"));
  full.search_paths = {directory_ / "parts"};
  full.dependency_file = directory_ / "stamp.d";
  ASSERT_TRUE(run_edl_command(full));
  EXPECT_EQ(as_text(*read_file(directory_ / "stamp.d")),
            (directory_ / "stamp").string() + ": " + (directory_ / "a.edl").string() + " " +
                (directory_ / "parts").string() + "/a\\ part.edl\n");
  full.dependency_file = directory_ / "stamp";
  EXPECT_THAT(run_edl_command(full).error().message, HasSubstr("with .d behind it"));
}

TEST_F(EdlCommandTest, WrongOptionsAndMissingFilesAreErrors) {
  EdlCommand both = command(write("a.edl", "enclave { };"));
  both.trusted_only = both.untrusted_only = true;
  EXPECT_THAT(run_edl_command(both).error().message, HasSubstr("exclude each other"));
  EdlCommand define = command(write("b.edl", "enclave { };"));
  define.defines = {"=1"};
  EXPECT_THAT(run_edl_command(define).error().message, HasSubstr("'' is not a name"));
  define.defines = {"SIZE=1+"};
  EXPECT_THAT(run_edl_command(define).error().message, HasSubstr("'1+' is neither a number nor a name"));
  EXPECT_EQ(run_edl_command(command(directory_ / "none.edl")).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace strongroom::edl
