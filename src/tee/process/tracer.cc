#include "tee/process/tracer.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

namespace strongroom::tee::process {
namespace {

// For each stop there is one right answer (ptrace(2), "Stopped states").
void resume(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  const bool group_stop = event == PTRACE_EVENT_STOP &&
                          (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU);
  // A thread that was killed meanwhile answers ESRCH; its end is reported by waitpid.
  if (group_stop)
    ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
  else
    ptrace(PTRACE_CONT, thread, nullptr, event != 0 ? 0 : signal);
}

}  // namespace

Result<void> attach(pid_t child) {
  if (ptrace(PTRACE_SEIZE, child, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE) != 0)
    return fail_errno("cannot take the enclave's ptrace slot", errno);
  return {};
}

int run_until_end(pid_t child, bool attached) {
  while (true) {
    int status = 0;
    const pid_t thread = waitpid(attached ? -1 : child, &status, __WALL);
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0) return 0;
    if (WIFSTOPPED(status))
      resume(thread, status);
    else if (thread == child)
      return status;
  }
}

}  // namespace strongroom::tee::process
