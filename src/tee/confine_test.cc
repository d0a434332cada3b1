// What processes that hold enclaves have given up, tried in processes of their own.
#include "tee/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/kvm.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tee/system_call_filter.h"

namespace strongroom::tee {
namespace {

// The status of a process that does `work`, as waitpid() gives it; `work` returns the exit code.
template <typename Work>
int status_of(const Work& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

constexpr int kNotConfined = 100;

// The errno of `attempt`, 0 where it succeeds, after forbid_outside().
template <typename Attempt>
int outside(bool may_signal, const Attempt& attempt) {
  const int status = status_of([&] {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !forbid_outside(may_signal)) return kNotConfined;
    return attempt() < 0 ? errno : 0;
  });
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

class Landlock : public ::testing::Test {
 protected:
  static void require_version(int version, const char* what) {
    if (landlock_version() < version) GTEST_SKIP() << "this machine's Landlock cannot forbid " << what;
  }
};

TEST_F(Landlock, ForbidsTheFileSystem) {
  require_version(1, "files");
  EXPECT_EQ(outside(false, [] { return open("/etc/passwd", O_RDONLY); }), EACCES);
  EXPECT_EQ(outside(false, [] { return open("/tmp", O_RDONLY | O_DIRECTORY); }), EACCES);
  EXPECT_EQ(outside(false, [] { return open("/dev/null", O_WRONLY); }), EACCES);
  EXPECT_EQ(outside(false, [] { return mkdir("/tmp/strongroom-confine", 0700); }), EACCES);
}

TEST_F(Landlock, ForbidsToTruncate) {
  require_version(3, "truncation");
  char name[] = "/tmp/strongroom-confine-XXXXXX";
  const int file = mkstemp(name);
  EXPECT_EQ(outside(false, [&] { return truncate(name, 0); }), EACCES);
  close(file);
  unlink(name);
}

TEST_F(Landlock, ForbidsTcp) {
  require_version(4, "TCP");
  const auto reach = [](auto how) {
    const int one = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(9);
    return how(one, reinterpret_cast<sockaddr*>(&address), sizeof address);
  };
  EXPECT_EQ(outside(false, [&] { return reach(connect); }), EACCES);
  EXPECT_EQ(outside(false, [&] { return reach(bind); }), EACCES);
}

TEST_F(Landlock, ForbidsAbstractSockets) {
  require_version(6, "abstract sockets");
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "strongroom-confine-%d", getpid());
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  EXPECT_EQ(outside(false,
                    [&] {
                      const int one = socket(AF_UNIX, SOCK_STREAM, 0);
                      return connect(one, reinterpret_cast<sockaddr*>(&address), sizeof address);
                    }),
            EPERM);
  close(listener);
}

TEST_F(Landlock, ForbidsSignalsUnlessTheyAreAllowed) {
  require_version(6, "signals");
  EXPECT_EQ(outside(false, [] { return kill(getppid(), 0); }), EPERM);
  EXPECT_EQ(outside(true, [] { return kill(getppid(), 0); }), 0);
}

// ---- The filters ----

// What becomes of a process with the filter that does `work`: a signal, or an exit code.
template <typename Work>
int filtered(HolderRole role, const Work& work) {
  const int status = status_of([&] {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !apply_filter(role)) return kNotConfined;
    work();
    // Not by _exit(): a sanitizer has things of its own to do there, and they are not allowed.
    return static_cast<int>(syscall(SYS_exit_group, 0));
  });
  return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

class HolderFilter : public ::testing::TestWithParam<HolderRole> {
 protected:
  static int run(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
    return filtered(GetParam(), [=] { syscall(number, a, b, c, d, e, 0L); });
  }
};

TEST_P(HolderFilter, LetsTheProcessServeItsThreads) {
  EXPECT_EQ(run(SYS_getpid), 0);
  EXPECT_EQ(run(SYS_sched_yield), 0);
  EXPECT_EQ(run(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1), 0);
}

TEST_P(HolderFilter, KeepsMemoryFromBecomingExecutable) {
  EXPECT_EQ(run(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1), SIGSYS);
  EXPECT_EQ(run(SYS_mprotect, 0, 4096, PROT_EXEC), SIGSYS);
}

TEST_P(HolderFilter, EndsAProcessThatReachesForMore) {
  for (const long number : {SYS_execve,
                            SYS_fork,
                            SYS_socket,
                            SYS_connect,
                            SYS_ptrace,
                            SYS_process_vm_readv,
                            SYS_process_vm_writev,
                            SYS_pidfd_getfd,
                            SYS_setuid,
                            SYS_mount,
                            SYS_bpf,
                            SYS_perf_event_open,
                            SYS_io_uring_setup,
                            SYS_userfaultfd,
                            SYS_kexec_load,
                            SYS_init_module,
                            SYS_unshare,
                            SYS_setns,
                            SYS_prctl,
                            SYS_seccomp})
    EXPECT_EQ(run(number), SIGSYS) << "system call " << number;
  EXPECT_EQ(run(SYS_sched_setaffinity, 1), SIGSYS);
  EXPECT_EQ(run(SYS_ioctl, 0, TIOCSTI), SIGSYS);
}

TEST_P(HolderFilter, LetsNoProcessAndNoNamespaceBeMade) {
  constexpr long kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
  for (const long flags : {long{SIGCHLD}, long{CLONE_VM | CLONE_VFORK | SIGCHLD},
                           long{CLONE_VM | CLONE_SIGHAND}, kThread | CLONE_NEWUSER, kThread | CLONE_NEWNS})
    EXPECT_EQ(run(SYS_clone, flags), SIGSYS) << std::hex << flags;
}

// Its flags are out of a filter's sight.
TEST_P(HolderFilter, HasNoClone3) {
  EXPECT_EQ(filtered(GetParam(),
                     [] {
                       if (syscall(SYS_clone3, nullptr, 0) != -1 || errno != ENOSYS) __builtin_trap();
                     }),
            0);
}

TEST_P(HolderFilter, RefusesFilesWithoutEndingTheProcess) {
  EXPECT_EQ(filtered(GetParam(),
                     [] {
                       if (open("/etc/passwd", O_RDONLY) != -1 || errno != EACCES) __builtin_trap();
                     }),
            0);
}

INSTANTIATE_TEST_SUITE_P(Role, HolderFilter, ::testing::Values(HolderRole::kServer, HolderRole::kMonitor),
                         [](const auto& role) {
                           return role.param == HolderRole::kServer ? "server" : "monitor";
                         });

TEST(HolderFilters, GiveKvmToTheMonitorAlone) {
  const auto ask_kvm = [] { ioctl(-1, KVM_GET_API_VERSION, 0); };
  EXPECT_EQ(filtered(HolderRole::kMonitor, ask_kvm), 0);
  EXPECT_EQ(filtered(HolderRole::kServer, ask_kvm), SIGSYS);
}

TEST(Confine, LimitsTheProcessAndGivesItAUserOfItsOwn) {
  const int status = status_of([] {
    if (!limit_process(1 << 20)) return 1;
    rlimit core{};
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0) return 2;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 3;
    const uid_t user = user_of(getpid());
    if (!become_user(user)) return 4;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 5;
    int at_parents_death = 0;
    if (prctl(PR_GET_PDEATHSIG, &at_parents_death) != 0 || at_parents_death != SIGKILL) return 6;
    // The way back is closed.
    return setuid(0) == 0 && getuid() != user ? 7 : 0;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace strongroom::tee
