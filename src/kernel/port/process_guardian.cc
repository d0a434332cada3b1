#include "kernel/port/process_guardian.h"

#include <linux/futex.h>
#include <linux/ptrace.h>
#include <linux/wait.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "kernel/port/process_placement.h"
#include "kernel/port/process_syscall.h"

namespace strongroom::kernel::port::process {
namespace {

constinit std::atomic<uint32_t> is_up{0};

constexpr int kStopSignal = 19, kTerminalStop = 20, kTerminalInput = 21, kTerminalOutput = 22;

bool is_stopped(int status) {
  return (status & 0xff) == 0x7f;
}

// For each stop there is one right answer (ptrace(2), "Stopped states"). A thread that was killed meanwhile
// answers ESRCH.
void resume(long thread, int status) {
  const int signal = status >> 8 & 0xff;
  const int event = status >> 16;
  const bool group_stop =
      event == PTRACE_EVENT_STOP && (signal == kStopSignal || signal == kTerminalStop ||
                                     signal == kTerminalInput || signal == kTerminalOutput);
  if (group_stop)
    strongroom_process_syscall(SYS_ptrace, static_cast<long>(PTRACE_LISTEN), thread, 0L, 0L);
  else
    strongroom_process_syscall(SYS_ptrace, static_cast<long>(PTRACE_CONT), thread, 0L,
                               event != 0 ? 0L : static_cast<long>(signal));
}

constexpr uint64_t kChildSignal = uint64_t{1} << 16;  // SIGCHLD

// Waiting with a limit is by signal: wait4 has none.
void block_child_signal() {
  constexpr long kBlock = 0;
  strongroom_process_syscall(SYS_rt_sigprocmask, kBlock, &kChildSignal, nullptr,
                             static_cast<long>(sizeof kChildSignal));
}
bool is_child_signalled() {
  struct {
    int64_t seconds, nanoseconds;
  } limit{0, 5'000'000};
  const long signal = strongroom_process_syscall(SYS_rt_sigtimedwait, &kChildSignal, nullptr, &limit,
                                                 static_cast<long>(sizeof kChildSignal));
  return signal != -EAGAIN;
}

// The next thread that stopped or ended; 0: not yet.
long next_stop(Companion& companion, int& status) {
  const long how = __WALL | (companion.keeps() ? WNOHANG : 0);
  const long thread = strongroom_process_syscall(SYS_wait4, -1L, &status, how, nullptr);
  if (thread == 0 && !is_child_signalled()) companion.leave();
  if (thread < 0 && thread != -EINTR) __builtin_trap();
  return thread;
}

}  // namespace

void wait_for_guardian() {
  while (is_up.load(std::memory_order_acquire) == 0)
    strongroom_process_syscall(SYS_futex, &is_up, static_cast<long>(FUTEX_WAIT_PRIVATE), 0L, nullptr, 0L);
}

}  // namespace strongroom::kernel::port::process

extern "C" {

alignas(16) uint8_t strongroom_guardian_stack[4096];

// Ends with the enclave: each is killed when the other is gone.
[[noreturn]] void strongroom_process_guardian_main() {
  using namespace strongroom::kernel::port::process;
  block_child_signal();
  is_up.store(1, std::memory_order_release);
  strongroom_process_syscall(SYS_futex, &is_up, static_cast<long>(FUTEX_WAKE_PRIVATE), 1L, nullptr, 0L);
  if (!install_guardian_filter()) __builtin_trap();
  Companion companion;
  while (true) {
    int status = 0;
    const long thread = next_stop(companion, status);
    if (thread <= 0 || !is_stopped(status)) continue;
    companion.stopped(thread);
    resume(thread, status);
  }
}
}
