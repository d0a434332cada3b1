#include "tee/process/confine.h"

#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace strongroom::tee::process {

const char* describe(Step step) {
  switch (step) {
    case Step::kDone:
      return "nothing";
    case Step::kLimits:
      return "cannot set resource limits";
    case Step::kPrivileges:
      return "cannot give up privileges";
    case Step::kOwnUser:
      return "cannot become a user of its own (neither by setresuid nor by a user namespace)";
    case Step::kSecretMemory:
      return "cannot create secret memory (memfd_secret)";
    case Step::kMapPrivate:
      return "cannot map the enclave's data (raise RLIMIT_MEMLOCK, or run as root)";
    case Step::kMapArena:
      return "cannot map the enclave's memory (raise RLIMIT_MEMLOCK, or run as root)";
    case Step::kMapCode:
      return "cannot map the enclave's code";
    case Step::kMapExchange:
      return "cannot map the exchange";
    case Step::kLandlock:
      return "cannot restrict itself by Landlock";
    case Step::kDumpable:
      return "cannot forbid core dumps";
    case Step::kRestartableSequences:
      return "cannot leave restartable sequences";
  }
  return "an unknown step";
}

bool limit_process(uint64_t locked_bytes, int parent_pid) {
  const auto set = [](int resource, rlim_t value) {
    const rlimit limit{value, value};
    return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
  };
  // Fails without CAP_SYS_RESOURCE. Then either CAP_IPC_LOCK makes up for it, or the mapping fails where the
  // limit is too low.
  set(RLIMIT_MEMLOCK, locked_bytes);
  if (!set(RLIMIT_CORE, 0)) return false;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return getppid() == parent_pid;
}

uid_t own_user() {
  constexpr uid_t kFirst = 0x60000000;
  return geteuid() == 0 ? kFirst + static_cast<uid_t>(getpid()) : geteuid();
}

bool become_own_user() {
  if (geteuid() == 0 && setgroups(0, nullptr) == 0) {
    const uid_t id = own_user();
    if (setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0)
      return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
  }
  return unshare(CLONE_NEWUSER) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

int landlock_version() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool forbid_files() {
  const int version = landlock_version();
  if (version == 0) return true;
  // All rights of ABI 1 are handled and none is granted. (struct landlock_ruleset_attr grew: pass what ABI 1
  // knows.)
  const uint64_t handled = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  const long ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
  if (ruleset < 0) return false;
  const bool restricted = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  close(static_cast<int>(ruleset));
  return restricted;
}

bool forget_c_library() {
  constexpr unsigned kSize = 32;  // the original struct rseq, which the C library registers
  constexpr int kUnregister = 1;
  if (__rseq_size != 0) {
    char* area = static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset;
    if (syscall(SYS_rseq, area, kSize, kUnregister, RSEQ_SIG) != 0 && errno != ENOSYS && errno != EINVAL)
      return false;
  }
  syscall(SYS_set_robust_list, nullptr, sizeof(void*) * 3);
  syscall(SYS_set_tid_address, nullptr);
  return true;
}

void block_signals() {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int signal : {SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&blocked, signal);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

}  // namespace strongroom::tee::process
