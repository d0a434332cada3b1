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

namespace {

bool restrict_outside(bool may_signal, int directory) {
  // All rights that the machine's Landlock knows, from ABI 1 on, and none is granted but below `directory`.
  // Linux include/uapi/linux/landlock.h, of which Debian 12 has an older one: what came with which ABI.
  struct Ruleset {
    uint64_t files = (1u << 13) - 1;  // execute ... make symbolic links
    uint64_t network = 0;
    uint64_t scoped = 0;
  } ruleset;
  const int version = landlock_version();
  if (version == 0) return true;
  if (version >= 2) ruleset.files |= 1u << 13;                              // refer
  if (version >= 3) ruleset.files |= 1u << 14;                              // truncate
  if (version >= 4) ruleset.network = 1u << 0 | 1u << 1;                    // bind, connect by TCP
  if (version >= 5) ruleset.files |= 1u << 15;                              // ioctl of devices
  if (version >= 6) ruleset.scoped = 1u << 0 | (may_signal ? 0 : 1u << 1);  // abstract sockets, signals
  const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long file = syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
  if (file < 0) return false;
  const landlock_path_beneath_attr rule{.allowed_access = ruleset.files, .parent_fd = directory};
  const bool granted =
      directory < 0 || syscall(SYS_landlock_add_rule, file, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  const bool restricted = granted && syscall(SYS_landlock_restrict_self, file, 0) == 0;
  close(static_cast<int>(file));
  return restricted;
}

}  // namespace

bool forbid_outside(bool may_signal) {
  return restrict_outside(may_signal, -1);
}

bool forbid_outside_but(int directory) {
  return restrict_outside(false, directory);
}

}  // namespace strongroom::tee
