// The floors of a trapped system call in the TEE `process`: the kernel's Syscall User Dispatch delivers
// SIGSYS, and a handler that does nothing but set the result returns. Prints in nanoseconds "trap VALUE", and
// "traced_trap VALUE" where another process has this one's ptrace slot, as an enclave's guardian has it: then
// each signal stops first, and the tracer lets it go on. Linux,
// Documentation/admin-guide/syscall-user-dispatch.rst; ptrace(2).
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

constexpr int kPasses = 9;
constexpr int kCalls = 20'000;
constexpr int kPrSetSyscallUserDispatch = 59;
constexpr unsigned char kAllow = 0, kBlock = 1;

volatile unsigned char selector = kAllow;
volatile long number = SYS_getpid;
extern "C" char return_from_signal_begin[], return_from_signal_end[];

// rt_sigreturn must stay allowed, so it stands in a range of its own that dispatch leaves alone.
asm(R"(
  .text
return_from_signal_begin:
return_from_signal:
  mov $15, %eax
  syscall
return_from_signal_end:
)");
extern "C" void return_from_signal();

void on_trap(int, siginfo_t*, void* context) {
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = 42;
}

struct KernelSigaction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)();
  unsigned long mask;
};

// The median, or a negative number.
double trap() {
  constexpr unsigned long kSaRestorer = 0x04000000;
  const KernelSigaction action{on_trap, SA_SIGINFO | SA_NODEFER | kSaRestorer, return_from_signal, 0};
  const auto range = static_cast<long>(return_from_signal_end - return_from_signal_begin) + 1;
  if (syscall(SYS_rt_sigaction, SIGSYS, &action, nullptr, 8) != 0 ||
      prctl(kPrSetSyscallUserDispatch, 1, return_from_signal_begin, range, &selector) != 0) {
    std::perror("trap_floor");
    return -1;
  }
  std::vector<double> times;
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    selector = kBlock;
    for (int i = 0; i < kCalls; ++i) {
      long result;
      asm volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
      if (result != 42) return -1;
    }
    selector = kAllow;
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count() / kCalls);
  }
  std::nth_element(times.begin(), times.begin() + kPasses / 2, times.end());
  return times[kPasses / 2];
}

// Lets the child run until it ends; what stops it goes on.
int trace(pid_t child) {
  while (true) {
    int status = 0;
    if (waitpid(child, &status, __WALL) != child) return 1;
    if (!WIFSTOPPED(status)) return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    const int event = status >> 16;
    ptrace(PTRACE_CONT, child, 0, event != 0 ? 0 : WSTOPSIG(status));
  }
}

int print(const char* name) {
  const double value = trap();
  if (value < 0) return 1;
  std::printf("%s %.2f\n", name, value);
  std::fflush(stdout);
  return 0;
}

// Measures in a child.
int in_child(const char* name, bool traced) {
  int go[2];
  if (pipe(go) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    close(go[1]);
    (void)!read(go[0], &byte, 1);
    _exit(print(name));
  }
  if (traced && ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_EXITKILL) != 0) {
    std::perror("trap_floor: ptrace");
    return 1;
  }
  close(go[1]);
  return trace(child);
}

}  // namespace

int main() {
  const int failed = in_child("trap", false);
  return failed != 0 ? failed : in_child("traced_trap", true);
}
