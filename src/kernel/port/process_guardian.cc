#include "kernel/port/process_guardian.h"

#include <linux/futex.h>
#include <linux/ptrace.h>
#include <linux/wait.h>
#include <sys/syscall.h>

#include <atomic>
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
  constexpr long kMinusInterrupted = -4;
  is_up.store(1, std::memory_order_release);
  strongroom_process_syscall(SYS_futex, &is_up, static_cast<long>(FUTEX_WAKE_PRIVATE), 1L, nullptr, 0L);
  if (!install_guardian_filter()) __builtin_trap();
  Companion companion;
  while (true) {
    int status = 0;
    const long thread =
        strongroom_process_syscall(SYS_wait4, -1L, &status, static_cast<long>(__WALL), nullptr);
    if (thread == kMinusInterrupted) continue;
    if (thread < 0) __builtin_trap();
    if (!is_stopped(status)) continue;
    resume(thread, status);
    companion.follow();
  }
}
}
