// Rewritten programs executed for real, by test_data/runner.cc.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "image/image_builder.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

struct Outcome {
  std::string output;
  int status;  // as wait() gives it
};

Outcome run(const std::string& command) {
  Outcome outcome{};
  FILE* pipe = popen(("exec " + command).c_str(), "r");
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) outcome.output += static_cast<char>(c);
  outcome.status = pclose(pipe);
  return outcome;
}

// The file is this process's own: tests of one suite run side by side.
Outcome run_image(const Bytes& file) {
  const std::string path = testing::TempDir() + "rewrite_run_test." + std::to_string(getpid()) + ".enclave";
  EXPECT_TRUE(write_file(path, file));
  const Outcome outcome = run(std::string(STRONGROOM_TEST_RUNNER) + " " + path + " 2>/dev/null");
  std::filesystem::remove(path);
  return outcome;
}

TEST(RewrittenProgram, BehavesAsItDidAndMakesNoSystemCallItself) {
  const Outcome native = run(STRONGROOM_TEST_PROGRAM);
  ASSERT_EQ(WEXITSTATUS(native.status), 42);
  const Outcome rewritten = run_image(test_image().file);
  ASSERT_TRUE(WIFEXITED(rewritten.status)) << "signal " << WTERMSIG(rewritten.status);
  EXPECT_EQ(rewritten.status, native.status);
  EXPECT_EQ(rewritten.output, native.output);
}

// Shows that the test above can fail: the runner does kill a program that makes a system call itself.
TEST(RewrittenProgram, WithoutRewritingTheRunnerKillsIt) {
  Bytes program = test_program();
  const ElfFile elf = ElfFile::parse(program).value();
  for (uint16_t i = 0; i < elf.header().e_phnum; ++i)
    if (elf.segments()[i].type == PT_GNU_EH_FRAME)  // without unwind tables nothing is rewritten
      std::memset(program.data() + elf.header().e_phoff + i * sizeof(Elf64_Phdr), 0, sizeof(uint32_t));
  const auto built = build_image(test_manifest(), program, test_kernel(), test_contents());
  ASSERT_TRUE(built);
  const Outcome outcome = run_image(built->file);
  ASSERT_TRUE(WIFSIGNALED(outcome.status));
  EXPECT_EQ(WTERMSIG(outcome.status), SIGSYS);
}

}  // namespace
}  // namespace strongroom::image
