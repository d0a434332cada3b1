#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "session.h"

namespace strongroom::gdb_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kAttach = "strongroom attach @PID @IMAGE @PROGRAM";

class Gdb : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = missing(); !why.empty()) GTEST_SKIP() << why;
  }
  // Launches the guest, which waits for gdb, and runs gdb to its end.
  std::string debug(const std::string& argument, const std::vector<std::string>& commands) {
    const GuestImage guest(argument, true);
    host::LaunchOptions how = options(true);
    how.wait_for_debugger = true;
    auto enclave = host::Enclave::launch(guest.image(), how);
    if (!enclave) return enclave.error().message;
    const std::string output = run_gdb(enclave->process_id(), guest.path(), commands);
    // Otherwise it would wait for ever.
    if (output.find("Attached to the enclave") == std::string::npos) enclave->kill();
    auto end = enclave->wait();
    EXPECT_TRUE(end) << output;
    if (end) end_ = *end;
    return output;
  }
  host::End end_;
};

TEST_F(Gdb, StopsAtABreakpointWithLineBacktraceAndVariables) {
  const std::string output =
      debug("assess", {kAttach, "break assess", "continue", "backtrace", "print patient", "print visits",
                       "print factor", "finish", "continue"});
  EXPECT_THAT(output, ContainsRegex("Breakpoint 2, assess .*guest.cc:[0-9]+"));
  EXPECT_THAT(output, HasSubstr("visits += factor;"));
  EXPECT_THAT(output, ContainsRegex("#1 .* in main \\(count=.*guest.cc:[0-9]+"));
  EXPECT_THAT(output, HasSubstr("{age = 52, weight = 78}"));
  EXPECT_THAT(output, HasSubstr(" = 17\n"));
  EXPECT_THAT(output, ContainsRegex("Value returned is .* = 3"));
  EXPECT_THAT(output, HasSubstr("the enclave has ended"));
  EXPECT_EQ(end_.kind, host::EndKind::kExited) << output;
  EXPECT_EQ(end_.status, 3);
}

TEST_F(Gdb, StopsInMainAndSteps) {
  const std::string output = debug("assess", {kAttach, "break main", "continue", "next", "next", "continue"});
  EXPECT_THAT(output, AllOf(ContainsRegex("main \\(count=2, .*guest.cc:[0-9]+"),
                            HasSubstr("std::strcmp(what, \"crash\")")));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, StopsAtAWatchpoint) {
  const std::string output = debug(
      "assess", {kAttach, "break assess", "continue", "watch watched", "continue", "delete", "continue"});
  EXPECT_THAT(output, AllOf(HasSubstr("Old value = 0"), HasSubstr("New value = 3")));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, FindsTheProcessOfAnImage) {
  const std::string output = debug("assess", {"strongroom attach @IMAGE @PROGRAM", "continue"});
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, ChangesTheProgram) {
  const std::string output =
      debug("assess", {kAttach, "break assess", "continue", "set var factor = 4", "delete", "continue"});
  EXPECT_EQ(end_.status, 6) << output;
}

TEST_F(Gdb, ShowsEveryThreadWithItsThreadLocalVariables) {
  const std::string output =
      debug("threads", {kAttach, "break all_are_waiting", "continue", "thread apply all print visits",
                        "thread apply all backtrace", "strongroom info", "continue"});
  EXPECT_THAT(output, AllOf(HasSubstr(" = 17\n"), HasSubstr(" = 101\n"), HasSubstr(" = 102\n")));
  EXPECT_THAT(output, ContainsRegex("wait_in_worker \\(number=.*guest.cc:[0-9]+"));
  EXPECT_THAT(output, ContainsRegex("gdb 1: slot 0, thread id 1, TLS 0x[0-9a-f]+, in the program"));
  EXPECT_THAT(output, ContainsRegex("gdb 3: slot 2, thread id 3, TLS 0x[0-9a-f]+, in the enclave kernel"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, StopsAtACrashBeforeTheEnclaveKernelEndsIt) {
  const std::string output = debug("crash", {kAttach, "continue", "backtrace", "continue"});
  EXPECT_THAT(output, HasSubstr("Program received signal SIGSEGV"));
  EXPECT_THAT(output, ContainsRegex("crash \\(depth=.*guest.cc:[0-9]+"));
  EXPECT_THAT(output, HasSubstr("return *nowhere;"));
  EXPECT_THAT(output, ContainsRegex("#4 .* in main "));
  EXPECT_EQ(end_.kind, host::EndKind::kAborted) << output;
  EXPECT_EQ(end_.cause, "invalid_access");
}

TEST_F(Gdb, BacktracesFromASystemCallReachMain) {
  const std::string output =
      debug("read", {kAttach, "break read_line", "continue", "tbreak strongroom_process_syscall", "continue",
                     "backtrace", "delete", "continue"});
  EXPECT_THAT(output, ContainsRegex("#0 .*strongroom_process_syscall"));
  EXPECT_THAT(output, ContainsRegex("#1 .* in read \\(\\)"));
  EXPECT_THAT(output, ContainsRegex("#2 .* in read_line \\(\\) at .*guest.cc:[0-9]+"));
  EXPECT_THAT(output, ContainsRegex("#3 .* in main "));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, ShowsTheFramesOfTheKernelWhoseFileIsGiven) {
  const std::string output =
      debug("read", {std::string(kAttach) + " --kernel " STRONGROOM_KERNEL, "break read_line", "continue",
                     "tbreak strongroom_process_syscall", "continue", "backtrace", "delete", "continue"});
  EXPECT_THAT(output, ContainsRegex("in strongroom::kernel::sys_read .*read.cc"));
  EXPECT_THAT(output, ContainsRegex("in main \\(.*guest.cc"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, InterruptsARunningEnclaveAndLetsItGoOn) {
  const std::string output = debug("assess", {kAttach, "shell kill -INT @PID", "continue", "continue"});
  EXPECT_THAT(output, HasSubstr("Program received signal SIGINT"));
  EXPECT_EQ(end_.status, 3) << output;
}

// The machine's kernel goes on with the wait by restart_syscall, which the enclave's filter once refused.
TEST_F(Gdb, InterruptsATimedWaitThatThenGoesOn) {
  const std::string output =
      debug("sleep", {kAttach, "break main", "continue", "shell (sleep 1; kill -INT @PID) > /dev/null 2>&1 &",
                      "continue", "backtrace", "continue"});
  EXPECT_THAT(output, HasSubstr("Program received signal SIGINT"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, DetachesAndTheProgramGoesOn) {
  const std::string output = debug("assess", {kAttach, "break assess", "continue", "detach"});
  EXPECT_THAT(output, Not(HasSubstr("the enclave has ended")));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_F(Gdb, AnInterruptWithoutADebuggerIsIgnored) {
  const GuestImage guest("read", true);
  int input[2];
  ASSERT_EQ(pipe(input), 0);
  host::LaunchOptions how = options(true);
  how.standard_input = input[0];
  auto enclave = host::Enclave::launch(guest.image(), how);
  ASSERT_TRUE(enclave) << enclave.error().message;
  wait_until_inside(enclave->process_id());
  EXPECT_EQ(kill(enclave->process_id(), SIGINT), 0);
  ASSERT_EQ(write(input[1], "line\n", 5), 5);
  auto end = enclave->wait();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->kind, host::EndKind::kExited) << end->message;
  close(input[0]);
  close(input[1]);
}

TEST_F(Gdb, AnotherProgramThanTheImagesIsRefused) {
  const std::string output = debug("assess", {"strongroom attach @PID @IMAGE /bin/true"});
  EXPECT_THAT(output, HasSubstr("is not the program that the image was built from"));
}

TEST_F(Gdb, AnotherProcessThanAnEnclavesIsRefused) {
  const GuestImage guest("assess", true);
  EXPECT_THAT(run_gdb(getpid(), guest.path(), {kAttach}), HasSubstr("is no enclave of this image"));
  EXPECT_THAT(run_gdb(getpid(), guest.path(), {"strongroom attach @PID @PROGRAM"}),
              HasSubstr("is not an enclave image"));
}

}  // namespace
}  // namespace strongroom::gdb_test
