// The filters of the port "process", in processes of their own: a system call that is not allowed ends them.
#include <gtest/gtest.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "kernel/boot.h"
#include "kernel/port/process_syscall.h"

extern "C" long system_call_from_outside(long number);

namespace strongroom::kernel {
namespace {
arch::ImageHeader header;
uint64_t base;
}  // namespace

uint64_t enclave_base() {
  return base;
}
const arch::ImageHeader& image_header() {
  return header;
}

namespace port::process {
namespace {

constexpr long kHigh = 1L << 32;

using Arguments = std::array<long, 5>;

// What a process that has the filter and makes one call ends with: a signal's number, or 0.
template <typename Call>
int end_of(bool (*install)(), const Call& call) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!install()) _exit(1);
    call();
    // Ends by a call that both filters refuse, but another signal than theirs comes first.
    __builtin_trap();
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the filter was not installed";
  return WTERMSIG(status) == SIGSYS ? SIGSYS : 0;
}

class ProcessFilter : public ::testing::Test {
 protected:
  ProcessFilter() {
    page_ = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    base = reinterpret_cast<uint64_t>(page_) & ~uint64_t{0xffffffff};
    header.enclave_size = uint64_t{1} << 32;
  }
  ~ProcessFilter() override { munmap(page_, 4096); }

  static bool enclave_may(long number, const Arguments& a = {}) { return may(install_filter, number, a); }
  static bool guardian_may(long number, const Arguments& a = {}) {
    return may(install_guardian_filter, number, a);
  }
  static bool may(bool (*install)(), long number, const Arguments& a) {
    return end_of(install, [&] { strongroom_process_syscall(number, a[0], a[1], a[2], a[3], a[4]); }) == 0;
  }
  [[nodiscard]] long page() const { return reinterpret_cast<long>(page_); }

  void* page_;
};

TEST_F(ProcessFilter, LetsTheEnclaveChangeItsPagesButNeverMakeThemExecutable) {
  EXPECT_TRUE(enclave_may(SYS_mprotect, {page(), 4096, PROT_READ}));
  EXPECT_TRUE(enclave_may(SYS_mprotect, {page(), 4096, PROT_NONE}));
  EXPECT_FALSE(enclave_may(SYS_mprotect, {page(), 4096, PROT_READ | PROT_EXEC}));
  EXPECT_FALSE(enclave_may(SYS_mprotect, {page(), 4096, PROT_READ | PROT_GROWSDOWN}));
}

TEST_F(ProcessFilter, ReadsAllSixtyFourBitsOfAnArgument) {
  EXPECT_FALSE(enclave_may(SYS_mprotect, {page(), 4096, PROT_READ | kHigh}));
  EXPECT_FALSE(enclave_may(SYS_mprotect, {page() + kHigh, 4096, PROT_READ}));
  EXPECT_FALSE(enclave_may(SYS_mprotect, {page() - kHigh, 4096, PROT_READ}));
  EXPECT_FALSE(enclave_may(SYS_clone, {static_cast<long>(kCloneFlags) | kHigh, page() + 4096}));
  EXPECT_FALSE(guardian_may(SYS_ptrace, {PTRACE_CONT | kHigh, 1}));
}

TEST_F(ProcessFilter, LetsTheEnclaveMakeThreadsButNoProcesses) {
  EXPECT_FALSE(enclave_may(SYS_clone, {SIGCHLD}));
  EXPECT_FALSE(enclave_may(SYS_clone, {static_cast<long>(kCloneFlags) & ~CLONE_THREAD, page() + 4096}));
  EXPECT_FALSE(enclave_may(SYS_fork));
  EXPECT_FALSE(enclave_may(SYS_execve));
}

TEST_F(ProcessFilter, LetsAThreadPlaceNoneButItself) {
  EXPECT_TRUE(enclave_may(SYS_sched_setaffinity, {0, 0, page()}));
  EXPECT_FALSE(enclave_may(SYS_sched_setaffinity, {1, 0, page()}));
}

TEST_F(ProcessFilter, GivesTheEnclaveNoFilesNoMemoryAndNoOtherProcess) {
  for (const long number :
       {SYS_read, SYS_write, SYS_openat, SYS_mmap, SYS_munmap, SYS_mremap, SYS_ioctl, SYS_socket, SYS_sendmsg,
        SYS_kill, SYS_tgkill, SYS_ptrace, SYS_process_vm_readv, SYS_seccomp, SYS_memfd_secret,
        SYS_userfaultfd, SYS_io_uring_setup, SYS_bpf, SYS_perf_event_open})
    EXPECT_FALSE(enclave_may(number)) << "system call " << number;
  EXPECT_FALSE(enclave_may(SYS_prctl, {PR_SET_DUMPABLE, 1}));
  EXPECT_FALSE(enclave_may(SYS_prctl, {PR_SET_PTRACER, -1}));
}

TEST_F(ProcessFilter, AllowsNothingFromOutsideTheKernelsCode) {
  EXPECT_TRUE(enclave_may(SYS_sched_yield));
  EXPECT_EQ(end_of(install_filter, [] { system_call_from_outside(SYS_sched_yield); }), SIGSYS);
  EXPECT_EQ(end_of(install_guardian_filter, [] { system_call_from_outside(SYS_wait4); }), SIGSYS);
}

TEST_F(ProcessFilter, LetsTheGuardianContinueThreadsButReadNeitherRegistersNorMemory) {
  EXPECT_TRUE(guardian_may(SYS_wait4, {-1, 0, WNOHANG}));
  EXPECT_TRUE(guardian_may(SYS_ptrace, {PTRACE_CONT, 1}));
  EXPECT_TRUE(guardian_may(SYS_ptrace, {PTRACE_LISTEN, 1}));
  for (const long request :
       {PTRACE_PEEKDATA, PTRACE_POKEDATA, PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_GETREGSET, PTRACE_SETREGSET,
        PTRACE_SETOPTIONS, PTRACE_DETACH, PTRACE_SINGLESTEP, PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_SYSCALL})
    EXPECT_FALSE(guardian_may(SYS_ptrace, {request, 1})) << "request " << request;
  for (const long number : {SYS_sched_yield, SYS_mprotect, SYS_write, SYS_process_vm_readv, SYS_kill})
    EXPECT_FALSE(guardian_may(number)) << "system call " << number;
  EXPECT_TRUE(guardian_may(SYS_sched_setaffinity, {1}));
  EXPECT_TRUE(guardian_may(SYS_rt_sigtimedwait));
}

}  // namespace
}  // namespace port::process
}  // namespace strongroom::kernel
