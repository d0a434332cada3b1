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

class Gdb : public testing::TestWithParam<host::Tee> {
 protected:
  void SetUp() override {
    if (const std::string why = missing(GetParam()); !why.empty()) GTEST_SKIP() << why;
  }
  // The function of the enclave kernel that leaves the enclave.
  static std::string way_out() {
    return GetParam() == host::Tee::kVm ? "strongroom_vm_call" : "strongroom_process_syscall";
  }
  // Ctrl-C, a second later. In `process` its signal reaches the enclave as well as gdb; in `vm` gdb alone.
  static std::string interrupt_soon() {
    const std::string who = GetParam() == host::Tee::kVm ? "$PPID" : "@PID";
    return "shell (sleep 1; kill -INT " + who + ") > /dev/null 2>&1 &";
  }
  // Launches the guest, which waits for gdb, and runs gdb to its end.
  std::string debug(const std::string& argument, const std::vector<std::string>& commands) {
    const GuestImage guest(argument, true);
    host::LaunchOptions how = options(true, GetParam());
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

TEST_P(Gdb, StopsAtABreakpointWithLineBacktraceAndVariables) {
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

TEST_P(Gdb, StopsInMainAndSteps) {
  const std::string output = debug("assess", {kAttach, "break main", "continue", "next", "next", "continue"});
  EXPECT_THAT(output, AllOf(ContainsRegex("main \\(count=2, .*guest.cc:[0-9]+"),
                            HasSubstr("std::strcmp(what, \"crash\")")));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, StopsAtAWatchpoint) {
  const std::string output = debug(
      "assess", {kAttach, "break assess", "continue", "watch watched", "continue", "delete", "continue"});
  EXPECT_THAT(output, AllOf(HasSubstr("Old value = 0"), HasSubstr("New value = 3")));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, FindsTheProcessOfAnImage) {
  const std::string output = debug("assess", {"strongroom attach @IMAGE @PROGRAM", "continue"});
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, ChangesTheProgram) {
  const std::string output =
      debug("assess", {kAttach, "break assess", "continue", "set var factor = 4", "delete", "continue"});
  EXPECT_EQ(end_.status, 6) << output;
}

TEST_P(Gdb, ShowsEveryThreadWithItsThreadLocalVariables) {
  const std::string output =
      debug("threads", {kAttach, "break all_are_waiting", "continue", "thread apply all print visits",
                        "thread apply all backtrace", "strongroom info", "continue"});
  EXPECT_THAT(output, AllOf(HasSubstr(" = 17\n"), HasSubstr(" = 101\n"), HasSubstr(" = 102\n")));
  EXPECT_THAT(output, ContainsRegex("wait_in_worker \\(number=.*guest.cc:[0-9]+"));
  EXPECT_THAT(output, ContainsRegex("gdb 1: slot 0, thread id 1, TLS 0x[0-9a-f]+, in the program"));
  EXPECT_THAT(output, ContainsRegex("gdb 3: slot 2, thread id 3, TLS 0x[0-9a-f]+, in the "));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, StopsAtACrashBeforeTheEnclaveKernelEndsIt) {
  const std::string output = debug("crash", {kAttach, "continue", "backtrace", "continue"});
  EXPECT_THAT(output, HasSubstr("Program received signal SIGSEGV"));
  EXPECT_THAT(output, ContainsRegex("crash \\(depth=.*guest.cc:[0-9]+"));
  EXPECT_THAT(output, HasSubstr("return *nowhere;"));
  EXPECT_THAT(output, ContainsRegex("#4 .* in main "));
  EXPECT_EQ(end_.kind, host::EndKind::kAborted) << output;
  EXPECT_EQ(end_.cause, "invalid_access");
}

TEST_P(Gdb, BacktracesFromASystemCallReachMain) {
  const std::string output = debug("read", {kAttach, "break read_line", "continue", "tbreak " + way_out(),
                                            "continue", "backtrace", "delete", "continue"});
  EXPECT_THAT(output, ContainsRegex("#0 .*" + way_out()));
  EXPECT_THAT(output, ContainsRegex("#1 .* in read \\(\\)"));
  EXPECT_THAT(output, ContainsRegex("#2 .* in read_line \\(\\) at .*guest.cc:[0-9]+"));
  EXPECT_THAT(output, ContainsRegex("#3 .* in main "));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, ShowsTheFramesOfTheKernelWhoseFileIsGiven) {
  const std::string output =
      debug("read", {std::string(kAttach) + " --kernel " STRONGROOM_KERNEL, "break read_line", "continue",
                     "tbreak " + way_out(), "continue", "backtrace", "delete", "continue"});
  EXPECT_THAT(output, ContainsRegex("in strongroom::kernel::sys_read .*read.cc"));
  EXPECT_THAT(output, ContainsRegex("in main \\(.*guest.cc"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, HearsOfASignalThatTheEnclaveGets) {
  if (GetParam() == host::Tee::kVm) GTEST_SKIP() << "a monitor's signals are not the enclave's";
  const std::string output = debug("assess", {kAttach, "shell kill -INT @PID", "continue", "continue"});
  EXPECT_THAT(output, HasSubstr("Program received signal SIGINT"));
  EXPECT_EQ(end_.status, 3) << output;
}

// The machine's kernel goes on with the wait by restart_syscall, which the enclave's filter once refused.
TEST_P(Gdb, InterruptsATimedWaitThatThenGoesOn) {
  const std::string output = debug(
      "sleep", {kAttach, "break main", "continue", interrupt_soon(), "continue", "backtrace", "continue"});
  EXPECT_THAT(output, HasSubstr("Program received signal SIGINT"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, InterruptsAComputation) {
  const std::string output =
      debug("count", {kAttach, "break count_on", "continue", interrupt_soon(), "continue", "backtrace",
                      "print counted > 0", "set var may_stop_counting = true", "continue"});
  EXPECT_THAT(output, HasSubstr("Program received signal SIGINT"));
  EXPECT_THAT(output, ContainsRegex("#1 .* in main "));
  EXPECT_THAT(output, HasSubstr(" = true\n"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, CountsABreakpointThatManyThreadsMeetAtOnce) {
  const std::string output =
      debug("visit", {kAttach, "break visit", "ignore 2 1000", "continue", "info breakpoints"});
  EXPECT_THAT(output, HasSubstr("breakpoint already hit 60 times"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, StepsOneThreadWhileOthersMeetABreakpoint) {
  const std::string output = debug("visit", {kAttach, "break visit if number == 19", "continue", "next",
                                             "next", "continue", "continue", "continue"});
  size_t hits = 0;
  const std::string hit = "hit Breakpoint 2, visit";
  for (size_t at = 0; (at = output.find(hit, at)) != std::string::npos; at += hit.size()) ++hits;
  EXPECT_EQ(hits, 3u) << output;
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, StopsAtFaultsThatTheProgramThenHandles) {
  const std::pair<const char*, const char*> faults[] = {
      {"illegal", "SIGILL"}, {"divide", "SIGFPE"}, {"trap", "SIGTRAP"}};
  for (const auto& [fault, signal] : faults) {
    const std::string output = debug(fault, {kAttach, "continue", "backtrace 1", "continue"});
    EXPECT_THAT(output, HasSubstr(std::string("Program received signal ") + signal));
    EXPECT_THAT(output, ContainsRegex("fault \\(how="));
    EXPECT_EQ(end_.status, 3) << output;
  }
}

TEST_P(Gdb, GoesOnWhenItsDebuggerDies) {
  const std::string output =
      debug("assess", {kAttach, "break main", "continue", "shell kill -KILL $PPID", "continue"});
  EXPECT_THAT(output, HasSubstr("Attached to the enclave"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, StepsOverASystemCall) {
  const std::string output =
      debug("read", {kAttach, "break read_line", "continue", "next", "next", "print size", "continue"});
  EXPECT_THAT(output, HasSubstr("std::printf(\"read %zd bytes"));
  EXPECT_THAT(output, HasSubstr(" = 0\n"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, StepsOverASystemCallThatIsGivenAnInvalidAddress) {
  if (GetParam() == host::Tee::kProcess) GTEST_SKIP() << "gdb stops in batch mode: docs/debugging.md";
  const std::string output = debug("invalid", {kAttach, "break write_from_nowhere", "continue", "next",
                                               "next", "print written", "continue"});
  EXPECT_THAT(output, AllOf(HasSubstr("$1 = -1\n"), Not(HasSubstr("SIGSEGV"))));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, StepsInstructionByInstruction) {
  const std::string output =
      debug("assess", {kAttach, "break assess", "continue", "stepi", "print $pc == (unsigned long)&assess",
                       "stepi 6", "backtrace", "delete", "continue"});
  EXPECT_THAT(output, HasSubstr(" = false\n"));
  EXPECT_THAT(output, ContainsRegex("in main \\(|main \\(count="));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, CallsFunctionsOfTheProgram) {
  if (GetParam() == host::Tee::kProcess) GTEST_SKIP() << "gdb cannot on some processors: docs/debugging.md";
  const std::string output = debug("assess", {kAttach, "break assess", "continue", "delete", "up",
                                              "print assess(patient, 3)", "continue"});
  EXPECT_THAT(output, HasSubstr(" = 4.5\n"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, ReadsAndChangesVectorRegisters) {
  if (GetParam() == host::Tee::kProcess) GTEST_SKIP() << "gdb cannot on some processors: docs/debugging.md";
  const std::string output =
      debug("assess", {kAttach, "break assess", "continue", "set var $xmm5.v2_double[1] = 2.5",
                       "set var $ymm6.v4_int64[3] = 77", "print $xmm5.v2_double[1]",
                       "print $ymm6.v4_int64[3]", "delete", "continue"});
  EXPECT_THAT(output, AllOf(HasSubstr(" = 2.5\n"), HasSubstr(" = 77\n")));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, ReadsAndChangesRegisters) {
  const std::string output =
      debug("assess", {kAttach, "break assess", "continue", "set var $rsi = 5", "print $rsi",
                       "print $fs_base != 0", "print $gs_base != 0", "delete", "continue"});
  EXPECT_THAT(output, AllOf(HasSubstr(" = 5\n"), HasSubstr("$2 = true\n"), HasSubstr("$3 = true\n")));
  EXPECT_EQ(end_.kind, host::EndKind::kExited) << output;
}

TEST_P(Gdb, ComesBackAfterItHasDetached) {
  const std::string output = debug("sleep", {kAttach, "break main", "continue", "detach", kAttach,
                                             "break assess", "continue", "print factor", "continue"});
  EXPECT_THAT(output, HasSubstr(" = 2\n"));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, EndsTheEnclave) {
  const std::string output = debug("sleep", {kAttach, "break main", "continue", "kill"});
  EXPECT_THAT(output, HasSubstr("killed"));
  EXPECT_EQ(end_.kind, host::EndKind::kFailed) << output;
}

TEST_P(Gdb, DetachesAndTheProgramGoesOn) {
  const std::string output = debug("assess", {kAttach, "break assess", "continue", "detach"});
  EXPECT_THAT(output, Not(HasSubstr("the enclave has ended")));
  EXPECT_EQ(end_.status, 3) << output;
}

TEST_P(Gdb, AnInterruptWithoutADebuggerIsIgnored) {
  if (GetParam() == host::Tee::kVm) GTEST_SKIP() << "a monitor's signals are not the enclave's";
  const GuestImage guest("read", true);
  int input[2];
  ASSERT_EQ(pipe(input), 0);
  host::LaunchOptions how = options(true, GetParam());
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

TEST_P(Gdb, AnotherProgramThanTheImagesIsRefused) {
  const std::string output = debug("assess", {"strongroom attach @PID @IMAGE /bin/true"});
  EXPECT_THAT(output, HasSubstr("is not the program that the image was built from"));
}

TEST_P(Gdb, AnotherProcessThanAnEnclavesIsRefused) {
  const GuestImage guest("assess", true);
  EXPECT_THAT(run_gdb(getpid(), guest.path(), {kAttach}), HasSubstr("is no enclave of this image"));
  EXPECT_THAT(run_gdb(getpid(), guest.path(), {"strongroom attach @PID @PROGRAM"}),
              HasSubstr("is not an enclave image"));
}

INSTANTIATE_TEST_SUITE_P(Tee, Gdb, testing::Values(host::Tee::kProcess, host::Tee::kVm),
                         [](const auto& tee) { return std::string(host::to_string(tee.param)); });

}  // namespace
}  // namespace strongroom::gdb_test
