#include "tee/confine.h"

#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace strongroom::tee {

bool limit_process(uint64_t locked_bytes) {
  const rlimit locked{locked_bytes, locked_bytes};
  // Fails without CAP_SYS_RESOURCE. Then either CAP_IPC_LOCK makes up for it, or the mapping fails where the
  // limit is too low.
  setrlimit(RLIMIT_MEMLOCK, &locked);
  const rlimit none{0, 0};
  return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

uid_t user_of(pid_t holder) {
  constexpr uid_t kFirst = 0x60000000;
  return geteuid() == 0 ? kFirst + static_cast<uid_t>(holder) : geteuid();
}

bool become_user(uid_t user) {
  const bool became = geteuid() == 0 && setgroups(0, nullptr) == 0 && setresgid(user, user, user) == 0 &&
                      setresuid(user, user, user) == 0;
  if (!became && unshare(CLONE_NEWUSER) != 0) return false;
  // A change of user takes this back, and makes the process dumpable as the system's setting says.
  return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0;
}

int landlock_version() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool forbid_files() {
  if (landlock_version() == 0) return true;
  // All rights of ABI 1 are handled and none is granted. (struct landlock_ruleset_attr grew: pass what ABI 1
  // knows.)
  const uint64_t handled = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  const long ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
  if (ruleset < 0) return false;
  const bool restricted = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  close(static_cast<int>(ruleset));
  return restricted;
}

}  // namespace strongroom::tee
