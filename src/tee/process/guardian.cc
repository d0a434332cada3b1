#include "tee/process/guardian.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "tee/confine.h"

namespace strongroom::tee::process {
namespace {

// The two share their memory, the C library's included, so only one of them runs at a time: whose turn it is.
enum Turn : uint32_t {
  kGuardianStarts,
  kEnclaveAttaches,
  kGuardianAttaches,
  kEnclavePrepares,
  kGuardianGoes
};

std::atomic<uint32_t> turn;
std::atomic<int> failure;  // the guardian's errno
GuardianPlan plan;
pid_t enclave;
alignas(16) uint8_t stack[32 << 10];

// The other one is woken, if it still lives.
void pass(Turn next) {
  turn.store(next, std::memory_order_release);
  syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// Nothing that is waited for takes long. False: the other one is gone, or the parent is, whose death kills
// nobody who still has another user than it.
bool await(Turn wanted) {
  constexpr timespec kSlice{0, 100'000'000};
  constexpr int kSlices = 300;
  for (int slice = 0; slice < kSlices && getppid() == plan.parent;) {
    const uint32_t now = turn.load(std::memory_order_acquire);
    if (now == wanted) return true;
    if (syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, &kSlice, nullptr, 0) != 0 && errno == ETIMEDOUT)
      ++slice;
  }
  errno = ETIMEDOUT;
  return false;
}

// What the Yama security module asks for in its stricter mode; it is not there everywhere.
void permit_tracer(pid_t tracer) {
  if (prctl(PR_SET_PTRACER, tracer, 0, 0, 0) != 0) errno = 0;
}

// The enclave's process, which traces this one by now, tells why, and its end is the guardian's.
[[noreturn]] void give_up() {
  failure.store(errno == 0 ? EIO : errno);
  pass(kEnclavePrepares);
  while (true) pause();
}

int guard(void*) {
  // Without a parent there will be no enclave either, and nobody who ends this process.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != plan.parent) _exit(1);
  permit_tracer(enclave);
  pass(kEnclaveAttaches);
  if (!await(kGuardianAttaches)) _exit(1);
  if (ptrace(PTRACE_SEIZE, enclave, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE) != 0) give_up();
  if (!become_user(plan.user)) give_up();
  pass(kEnclavePrepares);
  if (!await(kGuardianGoes)) _exit(1);
  asm volatile("jmp *%0" : : "r"(plan.entry) : "memory");
  __builtin_unreachable();
}

bool attach_each_other(pid_t guardian) {
  permit_tracer(guardian);
  if (!await(kEnclaveAttaches)) return false;
  if (ptrace(PTRACE_SEIZE, guardian, nullptr, PTRACE_O_EXITKILL) != 0) return false;
  pass(kGuardianAttaches);
  if (!await(kEnclavePrepares)) return false;
  errno = failure.load();
  return errno == 0;
}

}  // namespace

bool create_guardian(const GuardianPlan& wanted) {
  plan = wanted;
  enclave = getpid();
  turn.store(kGuardianStarts);
  failure.store(0);
  // Tracing one's like wants it dumpable. There is nothing to see yet but the image.
  if (prctl(PR_SET_DUMPABLE, 1) != 0) return false;
  const int guardian =
      clone(guard, stack + sizeof stack, CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_PARENT | SIGCHLD, nullptr);
  if (guardian < 0) return false;
  if (attach_each_other(guardian)) return true;
  const int error_number = errno;
  kill(guardian, SIGKILL);
  errno = error_number;
  return false;
}

void release_guardian() {
  pass(kGuardianGoes);
}

}  // namespace strongroom::tee::process
