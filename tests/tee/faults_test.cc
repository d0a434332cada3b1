// Programs that go wrong in every way end with a report that names cause, address and function, and leave
// nobody waiting; programs that handle what goes wrong go on.
#include <gmock/gmock.h>
#include <signal.h>

#include "running.h"

namespace strongroom::tee_test {
namespace {

using testing::HasSubstr;

const char* const kProgram = STRONGROOM_TEST_PROGRAMS "/faults";

Finished run_faults(host::Tee tee, std::vector<std::string> arguments, uint64_t heap = uint64_t{64} << 20,
                    bool hold_input = false) {
  const host::Image image = image_of(kProgram, [&](image::Manifest& manifest) {
    allow_host_arguments(manifest);
    manifest.heap_size = heap;
  });
  return run(image, {.tee = tee, .arguments = std::move(arguments), .hold_input = hold_input});
}

struct Fault {
  const char* how;
  const char* cause;
  const char* message;
  const char* function;
  std::string error{};
  // What the program dies of where it is run natively.
  [[nodiscard]] int signal() const {
    const std::string_view what = cause;
    if (std::string_view(how) == "alignment") return SIGBUS;
    if (what == "program_abort") return SIGABRT;
    if (what == "invalid_instruction") return SIGILL;
    if (what == "arithmetic") return SIGFPE;
    return what == "breakpoint" ? SIGTRAP : SIGSEGV;
  }
  // Whether the processor raises a page fault or a general protection fault, of which SGX1 tells no enclave.
  // An alignment check it tells (Intel SDM volume 3D, EXITINFO: vector 17 does not depend on MISCSELECT).
  [[nodiscard]] bool needs_report() const {
    if (std::string_view(how) == "alignment") return false;
    return std::string_view(cause) == "invalid_access" || std::string_view(cause) == "stack_overflow";
  }
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << fault.how;
}

class Faults : public testing::TestWithParam<std::tuple<host::Tee, Fault>> {};

TEST_P(Faults, AreReportedWithCauseAddressAndFunction) {
  const auto& [tee, fault] = GetParam();
  if (const auto available = host::check_available(tee); !available)
    GTEST_SKIP() << available.error().message;
  const Finished finished = run_faults(tee, {fault.how});
  EXPECT_TRUE(finished.in_time);
  if (faults_go_unreported(tee) && fault.needs_report()) {
    EXPECT_NE(finished.end.kind, host::EndKind::kExited) << finished;
    EXPECT_THAT(finished.end.message, HasSubstr("a processor with SGX1 does not tell")) << finished;
    EXPECT_EQ(finished.output, "");
    return;
  }
  ASSERT_EQ(finished.end.kind, host::EndKind::kAborted) << finished;
  EXPECT_EQ(finished.end.cause, fault.cause) << finished;
  EXPECT_EQ(finished.end.signal, fault.signal()) << finished;
  EXPECT_THAT(finished.end.message, HasSubstr(fault.message)) << finished;
  EXPECT_THAT(finished.end.message, HasSubstr("at image offset 0x")) << finished;
  EXPECT_THAT(finished.end.message, HasSubstr(std::string("in ") + fault.function)) << finished;
  EXPECT_THAT(finished.error, HasSubstr(fault.error)) << finished;
  EXPECT_EQ(finished.output, "");
}

const Fault kFaults[] = {
    {"stack_overflow", "stack_overflow", "stack overflow", "fault_recursion+"},
    {"thread_stack_overflow", "stack_overflow", "stack overflow", "fault_recursion+"},
    {"wild_read", "invalid_access", "read of an invalid address 0x123450", "fault_wild_read+"},
    {"wild_write", "invalid_access", "write to an invalid address 0x123450", "fault_wild_write+"},
    {"kernel_address", "invalid_access", "", "fault_kernel_address+"},
    {"noncanonical", "invalid_access", "general protection fault, ", "fault_noncanonical+"},
    // The enclave kernel's own code ran under the program's EFLAGS.AC once.
    {"alignment", "invalid_access", "unaligned access, ", "fault_alignment+"},
    {"write_code", "invalid_access", "write to an invalid address", "fault_write_code+"},
    {"write_constant", "invalid_access", "write to an invalid address", "fault_write_constant+"},
    {"wild_jump", "invalid_access", "jump to an invalid address 0x123450", "fault_wild_jump+"},
    {"null_call", "invalid_access", "jump to an invalid address 0x0", "fault_null_call+"},
    {"execute_data", "invalid_access", "jump to an invalid address", "fault_execute_data+"},
    {"abort", "program_abort", "the program called abort()", ""},
    {"ud2", "invalid_instruction", "invalid instruction", "fault_ud2+"},
    {"division", "arithmetic", "integer division error", "fault_division+"},
    {"int3", "breakpoint", "breakpoint", "fault_int3+"},
    {"privileged", "invalid_access", "general protection fault", "fault_privileged+"},
    {"port", "invalid_access", "general protection fault", "fault_port+"},
    {"bad_alloc", "program_abort", "the program called abort()", "", "bad_alloc"},
    {"exception", "program_abort", "the program called abort()", "", "nobody catches this"},
    {"terminate", "program_abort", "the program called abort()", "", "terminate called"},
    {"thread_exception", "program_abort", "the program called abort()", "",
     "nobody in the thread catches this"},
};
INSTANTIATE_TEST_SUITE_P(Tees, Faults, testing::Combine(kTees, testing::ValuesIn(kFaults)),
                         [](const auto& info) {
                           return std::string(host::to_string(std::get<0>(info.param))) + "_" +
                                  std::get<1>(info.param).how;
                         });

// A program in `vm` can write its own page table entries. It reaches nothing by them that is not the
// enclave's, and cannot write what enclaves share; whatever the hypervisor says to it, nothing waits.
struct Touch {
  const char* name;
  const char* physical;
  const char* way;
};
class PhysicalMemory : public testing::TestWithParam<Touch> {};

TEST_P(PhysicalMemory, ThatIsNotTheEnclavesEndsIt) {
  if (const auto available = host::check_available(host::Tee::kVm); !available)
    GTEST_SKIP() << available.error().message;
  const Finished finished = run_faults(host::Tee::kVm, {"physical", GetParam().physical, GetParam().way});
  EXPECT_TRUE(finished.in_time);
  EXPECT_NE(finished.end.kind, host::EndKind::kExited) << finished;
  EXPECT_THAT(finished.end.message, HasSubstr("is no memory")) << finished;
  EXPECT_EQ(finished.output, "");
}
INSTANTIATE_TEST_SUITE_P(Vm, PhysicalMemory,
                         testing::Values(Touch{"NowhereRead", "d0000000", "read"},
                                         Touch{"NowhereWritten", "d0000000", "write"},
                                         Touch{"BootRead", "e0000000", "read"},
                                         Touch{"BehindTheEnclaveRead", "8000000000", "read"},
                                         Touch{"CodeWritten", "code", "write"}),
                         [](const auto& info) { return info.param.name; });

class Survival : public InTee {};

TEST_P(Survival, ExitCodesReachTheHost) {
  for (const auto& [code, status] :
       std::vector<std::pair<std::string, int>>{{"0", 0}, {"1", 1}, {"42", 42}, {"255", 255}})
    for (const char* how : {"exit", "_exit"}) {
      const Finished finished = run_faults(GetParam(), {how, code});
      EXPECT_EQ(finished.end.kind, host::EndKind::kExited) << finished;
      EXPECT_EQ(finished.end.status, status) << finished;
    }
}

TEST_P(Survival, AThreadMayEndTheProgram) {
  EXPECT_EQ(run_faults(GetParam(), {"exit_from_thread"}).end.status, 42);
}

TEST_P(Survival, MainMayReturnWhileThreadsRun) {
  const Finished finished = run_faults(GetParam(), {"main_returns_first"});
  EXPECT_TRUE(finished.in_time);
  EXPECT_EQ(finished.end.status, 42) << finished;
}

TEST_P(Survival, AThreadMayEndTheProgramWhileAnotherReadsInputThatNeverComes) {
  const Finished finished = run_faults(GetParam(), {"exit_in_read"}, uint64_t{64} << 20, true);
  EXPECT_TRUE(finished.in_time);
  EXPECT_EQ(finished.end.status, 42) << finished;
}

TEST_P(Survival, HeapExhaustionIsANullPointer) {
  const Finished finished = run_faults(GetParam(), {"malloc_fails"});
  EXPECT_EQ(finished.end.status, 0) << finished;
  EXPECT_THAT(finished.output, HasSubstr("malloc failed after")) << finished;
}

TEST_P(Survival, HeapExhaustionIsBadAlloc) {
  EXPECT_EQ(run_faults(GetParam(), {"new_fails"}).output, "bad_alloc caught\n");
}

TEST_P(Survival, AnAbsurdAllocationIsRefused) {
  EXPECT_EQ(run_faults(GetParam(), {"huge_fails"}).output, "refused\n");
}

TEST_P(Survival, ThreadExhaustionIsASystemErrorAndEnds) {
  const Finished finished = run_faults(GetParam(), {"threads_fail"});
  EXPECT_EQ(finished.end.status, 0) << finished;
  EXPECT_EQ(finished.output, "a thread runs again\n15 threads, then errno 11\n") << finished;
}

TEST_P(Survival, DescriptorExhaustionIsAnErrorAndEnds) {
  const Finished finished = run_faults(GetParam(), {"descriptors_fail"});
  EXPECT_EQ(finished.end.status, 0) << finished;
  EXPECT_THAT(finished.output, HasSubstr("descriptors, then EMFILE; then one again")) << finished;
}

// What the files gave back serves later files alone, so what follows may or may not work; the program goes
// on.
TEST_P(Survival, AFileThatFillsTheMemoryFailsAndTheProgramGoesOn) {
  const Finished finished = run_faults(GetParam(), {"files_fail"});
  EXPECT_THAT(finished.output, HasSubstr("write failed: ENOSPC; then another ")) << finished;
  EXPECT_EQ(finished.end.status, 0) << finished;
}

#define NEEDS_REPORTS_OF_FAULTS() \
  if (faults_go_unreported(GetParam())) GTEST_SKIP() << "SGX1 tells enclaves of no page faults"

TEST_P(Survival, HandlersLeaveByLongjmp) {
  NEEDS_REPORTS_OF_FAULTS();
  EXPECT_EQ(run_faults(GetParam(), {"handlers"}).output, "all handled\n");
}

TEST_P(Survival, HandlersRepairAndGoOn) {
  NEEDS_REPORTS_OF_FAULTS();
  for (const char* how : {"handler_repairs", "fault_in_every_thread"}) {
    const Finished finished = run_faults(GetParam(), {how});
    EXPECT_EQ(finished.output, "repaired\n") << how << " " << finished;
  }
}

TEST_P(Survival, AStackOverflowIsHandledOnTheAlternateStack) {
  NEEDS_REPORTS_OF_FAULTS();
  const Finished finished = run_faults(GetParam(), {"handler_on_alternate_stack"});
  EXPECT_EQ(finished.output, "overflow handled\n") << finished;
}

TEST_P(Survival, ASignalThatEndsTheProgramReachesTheHost) {
  for (const int signal : {SIGTERM, SIGKILL, SIGPIPE, SIGUSR1, SIGSEGV}) {
    const Finished finished = run_faults(GetParam(), {"raise", std::to_string(signal)});
    EXPECT_EQ(finished.end.cause, "program_abort") << finished;
    EXPECT_EQ(finished.end.signal, signal) << finished;
  }
}

TEST_P(Survival, AnAbortHandlerThatReturnsDoesNotStopAbort) {
  const Finished finished = run_faults(GetParam(), {"abort_handler_returns"});
  EXPECT_EQ(finished.output, "in the handler\n") << finished;
  EXPECT_EQ(finished.end.cause, "program_abort") << finished;
}

// A kernel that restored such a frame unchecked would fault itself.
TEST_P(Survival, ASpoiledSignalFrameIsTheProgramsFault) {
  const Finished finished = run_faults(GetParam(), {"broken_signal_frame"});
  EXPECT_EQ(finished.end.kind, host::EndKind::kAborted) << finished;
  EXPECT_NE(finished.end.cause, "kernel_defect") << finished;
}

TEST_P(Survival, UnmappedMemoryIsFlushed) {
  const Finished finished = run_faults(GetParam(), {"flushed_memory"});
  EXPECT_EQ(finished.output, "clean\n") << finished;
}

INSTANTIATE_TEST_SUITE_P(Tees, Survival, kTees, tee_name);

}  // namespace
}  // namespace strongroom::tee_test
