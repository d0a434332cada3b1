#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/file.h"
#include "tee/platform_probe.h"

namespace strongroom::tee {
namespace {

// <linux/prctl.h> of Linux 5.11.
constexpr int kPrSetSyscallUserDispatch = 59;
constexpr unsigned long kPrSysDispatchOff = 0;

// What `action` returns, run in a child process so that it changes nothing here; -1 when there can be no
// child.
template <typename Action>
int in_child(Action action) {
  const pid_t child = fork();
  if (child == 0) _exit(action());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

std::string setting(const char* path) {
  const auto bytes = read_file(path, 4096);
  if (!bytes) return "";
  const std::string_view text = as_text(*bytes);
  return std::string(text.substr(0, text.find('\n')));
}

Feature memfd_secret_feature(const KernelVersion& version) {
  const FileDescriptor file(static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC)));
  if (!file.valid()) {
    const std::string why = fmt::format("memfd_secret: {}", strerror(errno));
    if (!version.at_least(5, 14)) return {false, why, "use Linux 5.14 or newer"};
    return {false, why, "boot with secretmem.enable=1, on a kernel with CONFIG_SECRETMEM"};
  }
  // Mapping it counts against the limit of locked memory.
  void* memory = MAP_FAILED;
  if (ftruncate(file.get(), 4096) == 0)
    memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED)
    return {false, fmt::format("mapping secret memory: {}", strerror(errno)),
            "raise the limit of locked memory (ulimit -l)"};
  munmap(memory, 4096);
  rlimit locked{};
  getrlimit(RLIMIT_MEMLOCK, &locked);
  if (locked.rlim_cur == RLIM_INFINITY || geteuid() == 0) return {true, "without a limit", ""};
  return {true, fmt::format("up to {} MiB (ulimit -l)", locked.rlim_cur >> 20), ""};
}

Feature syscall_user_dispatch_feature() {
  // Switching off what is off; an unknown option is EINVAL.
  if (prctl(kPrSetSyscallUserDispatch, kPrSysDispatchOff, 0, 0, 0) == 0) return {true, "", ""};
  return {false, fmt::format("prctl: {}", strerror(errno)), "use Linux 5.11 or newer"};
}

Feature seccomp_feature() {
  const uint32_t action = SECCOMP_RET_KILL_PROCESS;
  if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) return {true, "filters", ""};
  return {false, fmt::format("seccomp: {}", strerror(errno)), "use a kernel with CONFIG_SECCOMP_FILTER"};
}

Feature landlock_feature(int& abi) {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
  if (version > 0) {
    abi = static_cast<int>(version);
    return {true, fmt::format("ABI {}", version), ""};
  }
  if (errno == EOPNOTSUPP)
    return {false, "Landlock is built in, but not enabled", "boot with landlock in the option lsm="};
  return {false, fmt::format("landlock_create_ruleset: {}", strerror(errno)),
          "use Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK"};
}

Feature user_namespaces_feature() {
  const int error = in_child([] { return unshare(CLONE_NEWUSER) == 0 ? 0 : errno; });
  if (error == 0) return {true, "", ""};
  std::string remedy;
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    remedy = "sysctl kernel.unprivileged_userns_clone=1";
  else if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    remedy = "sysctl kernel.apparmor_restrict_unprivileged_userns=0";
  else if (setting("/proc/sys/user/max_user_namespaces") == "0")
    remedy = "sysctl user.max_user_namespaces=1024";
  return {false, fmt::format("unshare: {}", error < 0 ? "no child process" : strerror(error)), remedy};
}

Feature ptrace_feature() {
  const int error = in_child([] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : errno; });
  const std::string scope = setting("/proc/sys/kernel/yama/ptrace_scope");
  const std::string detail = scope.empty() ? "no Yama" : "kernel.yama.ptrace_scope=" + scope;
  if (error == 0) return {true, detail, ""};
  return {false,
          fmt::format("PTRACE_TRACEME: {}; {}", error < 0 ? "no child process" : strerror(error), detail),
          ""};
}

}  // namespace

KernelVersion parse_kernel_release(std::string_view release) {
  KernelVersion version;
  version.release = release;
  const char* const end = release.data() + release.size();
  const auto [dot, error] = std::from_chars(release.data(), end, version.major);
  if (error != std::errc{} || dot == end || *dot != '.' ||
      std::from_chars(dot + 1, end, version.minor).ec != std::errc{})
    version.major = version.minor = 0;
  return version;
}

// Linux, security/lockdown: the file lists the modes, the one in force in brackets. perf_event_paranoid and
// unprivileged_bpf_disabled: Documentation/admin-guide/sysctl/kernel.rst; they bind all but root.
Feature probe_lockdown() {
  const std::string modes = setting("/sys/kernel/security/lockdown");
  if (modes.find("[confidentiality]") != std::string::npos) return {true, "confidentiality", ""};
  std::string detail = modes.empty() ? "the kernel has none" : "modes: " + modes;
  std::string remedy = "boot with lockdown=confidentiality";
  constexpr int kKernelProfilingForbidden = 2;
  const std::string paranoid = setting("/proc/sys/kernel/perf_event_paranoid");
  int level = 0;
  if (std::from_chars(paranoid.data(), paranoid.data() + paranoid.size(), level).ec == std::errc{} &&
      level < kKernelProfilingForbidden) {
    detail += "; other users may profile the kernel: kernel.perf_event_paranoid=" + paranoid;
    remedy += ", sysctl kernel.perf_event_paranoid=2";
  }
  if (setting("/proc/sys/kernel/unprivileged_bpf_disabled") == "0") {
    detail += "; other users may load BPF programs: kernel.unprivileged_bpf_disabled=0";
    remedy += ", sysctl kernel.unprivileged_bpf_disabled=1";
  }
  return {false, detail, remedy};
}

Kernel probe_kernel() {
  Kernel kernel;
  utsname name{};
  uname(&name);
  kernel.version = parse_kernel_release(name.release);
  kernel.memfd_secret = memfd_secret_feature(kernel.version);
  kernel.syscall_user_dispatch = syscall_user_dispatch_feature();
  kernel.seccomp = seccomp_feature();
  kernel.landlock = landlock_feature(kernel.landlock_abi);
  kernel.user_namespaces = user_namespaces_feature();
  kernel.ptrace = ptrace_feature();
  kernel.lockdown = probe_lockdown();
  return kernel;
}

}  // namespace strongroom::tee
