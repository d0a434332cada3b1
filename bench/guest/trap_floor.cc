// The floors of a trapped system call in the TEE `process`: the kernel's Syscall User Dispatch delivers
// SIGSYS, and a handler that does nothing but set the result returns. Where another process has the ptrace
// slot, as an enclave's guardian has it, each signal stops first, and the tracer lets it go on. Prints in
// nanoseconds
//   trap VALUE                without a tracer,
//   traced_trap_beside VALUE  both on one processor, where a stop is two switches between processes,
//   traced_trap_apart VALUE   each on its own, where a stop is two wake-ups of another processor.
// Linux, Documentation/admin-guide/syscall-user-dispatch.rst; ptrace(2).
#include <sched.h>
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

enum class Tracer { kNone, kBeside, kApart };

// The usable processor of this number, counted round.
void stay_on(int number) {
  cpu_set_t all;
  CPU_ZERO(&all);
  if (sched_getaffinity(0, sizeof all, &all) != 0) return;
  int left = number % CPU_COUNT(&all);
  for (size_t i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &all) || left-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

// Measures in a child, in a process of its own that may place itself.
int measure(const char* name, Tracer tracer) {
  int go[2];
  if (pipe(go) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    if (tracer != Tracer::kNone) stay_on(0);
    close(go[1]);
    (void)!read(go[0], &byte, 1);
    _exit(print(name));
  }
  if (tracer != Tracer::kNone) {
    stay_on(tracer == Tracer::kBeside ? 0 : 1);
    if (ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_EXITKILL) != 0) {
      std::perror("trap_floor: ptrace");
      return 1;
    }
  }
  close(go[1]);
  return trace(child);
}

bool measure_apart(const char* name, Tracer tracer) {
  const pid_t child = fork();
  if (child == 0) _exit(measure(name, tracer));
  int status = 1;
  return waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

int main() {
  const bool all = measure_apart("trap", Tracer::kNone) &&
                   measure_apart("traced_trap_beside", Tracer::kBeside) &&
                   measure_apart("traced_trap_apart", Tracer::kApart);
  return all ? 0 : 1;
}
