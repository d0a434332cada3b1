#include "tee/system_call_filter.h"

#include <asm/sgx.h>
#include <linux/falloc.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <initializer_list>

#include "base/file.h"

namespace strongroom::tee {
namespace {

// Streams, exchanges, threads, memory of threads, time, the end.
constexpr int kCommon[] = {SCMP_SYS(read),
                           SCMP_SYS(write),
                           SCMP_SYS(poll),
                           SCMP_SYS(ppoll),
                           SCMP_SYS(futex),
                           SCMP_SYS(sendmsg),
                           SCMP_SYS(close),
                           SCMP_SYS(set_robust_list),
                           SCMP_SYS(rseq),
                           SCMP_SYS(rt_sigprocmask),
                           SCMP_SYS(rt_sigaction),
                           SCMP_SYS(rt_sigreturn),
                           SCMP_SYS(restart_syscall),
                           SCMP_SYS(munmap),
                           SCMP_SYS(madvise),
                           SCMP_SYS(brk),
                           SCMP_SYS(mremap),
                           SCMP_SYS(sched_yield),
                           SCMP_SYS(sched_getaffinity),
                           SCMP_SYS(gettid),
                           SCMP_SYS(getpid),
                           SCMP_SYS(tgkill),
                           SCMP_SYS(clock_gettime),
                           SCMP_SYS(clock_nanosleep),
                           SCMP_SYS(nanosleep),
                           SCMP_SYS(exit),
                           SCMP_SYS(exit_group),
                           SCMP_SYS(getrandom),
                           SCMP_SYS(mincore)};

// Files of the state directory, as far as Landlock lets them be opened, and sockets that are there.
constexpr int kVaultCalls[] = {SCMP_SYS(openat),  SCMP_SYS(fstat),   SCMP_SYS(newfstatat), SCMP_SYS(statx),
                               SCMP_SYS(lstat),   SCMP_SYS(stat),    SCMP_SYS(lseek),      SCMP_SYS(fsync),
                               SCMP_SYS(flock),   SCMP_SYS(link),    SCMP_SYS(unlink),     SCMP_SYS(rename),
                               SCMP_SYS(mkdir),   SCMP_SYS(mkdirat), SCMP_SYS(getdents64), SCMP_SYS(fcntl),
                               SCMP_SYS(fchmod),  SCMP_SYS(geteuid), SCMP_SYS(access),     SCMP_SYS(recvfrom),
                               SCMP_SYS(recvmsg), SCMP_SYS(sendto)};

// New threads of this process, and neither processes nor namespaces. The flags of clone3 stand in memory,
// where a filter cannot see them; the C library takes clone where there is no clone3.
void allow_threads(scmp_filter_ctx filter) {
  constexpr scmp_datum_t kThread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
  constexpr scmp_datum_t kNamespaces = CLONE_NEWTIME | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                       CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                   SCMP_A0(SCMP_CMP_MASKED_EQ, kThread | kNamespaces, kThread));
}

// A thread places itself, and no other.
void allow_placement(scmp_filter_ctx filter) {
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sched_setaffinity), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));
}

// Memory never becomes executable.
void allow_memory(scmp_filter_ctx filter) {
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

void allow_role(scmp_filter_ctx filter, HolderRole role) {
  if (role == HolderRole::kMonitor || role == HolderRole::kDebuggedMonitor) {
    if (role == HolderRole::kDebuggedMonitor) seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(accept4), 0);
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff00, static_cast<scmp_datum_t>(KVMIO) << 8));
    // Private guest memory is flushed by giving its pages back.
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fallocate), 1,
                     SCMP_A1(SCMP_CMP_EQ, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0));
    return;
  }
  if (role == HolderRole::kSgx) {
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff00, static_cast<scmp_datum_t>(SGX_MAGIC) << 8));
    return;
  }
  if (role == HolderRole::kVault) {
    for (const int call : kVaultCalls) seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    return;
  }
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(wait4), 0);
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 0);
}

Result<Bytes> compile(HolderRole role) {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return fail(ErrorCode::kResourceExhausted, "cannot make a seccomp filter");
  for (const int call : kCommon) seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
  // The C library asks /sys how many processors there are when many threads allocate; it bears a refusal.
  if (role != HolderRole::kVault) seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
  allow_memory(filter);
  allow_threads(filter);
  allow_placement(filter);
  allow_role(filter, role);
  const FileDescriptor file(memfd_create("strongroom-filter", MFD_CLOEXEC));
  const int failed = seccomp_export_bpf(filter, file.get());
  seccomp_release(filter);
  if (failed != 0) return fail_errno("cannot compile a seccomp filter", -failed);
  Bytes program(static_cast<size_t>(lseek(file.get(), 0, SEEK_END)));
  if (pread(file.get(), program.data(), program.size(), 0) != static_cast<ssize_t>(program.size()))
    return fail_errno("cannot read back a seccomp filter", errno);
  return program;
}

const Result<Bytes>& compiled(HolderRole role) {
  if (role == HolderRole::kVault) {
    static const Result<Bytes> vault = compile(HolderRole::kVault);
    return vault;
  }
  if (role == HolderRole::kDebuggedMonitor) {
    static const Result<Bytes> debugged = compile(HolderRole::kDebuggedMonitor);
    return debugged;
  }
  static const Result<Bytes> server = compile(HolderRole::kServer);
  static const Result<Bytes> monitor = compile(HolderRole::kMonitor);
  static const Result<Bytes> sgx = compile(HolderRole::kSgx);
  return role == HolderRole::kServer ? server : role == HolderRole::kMonitor ? monitor : sgx;
}

}  // namespace

void compile_filters() {
  compiled(HolderRole::kServer);
}

Result<void> apply_filter(HolderRole role) {
  Bytes program = TRY(Result<Bytes>(compiled(role)));
  const sock_fprog filter{static_cast<unsigned short>(program.size() / sizeof(sock_filter)),
                          reinterpret_cast<sock_filter*>(program.data())};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
    return fail_errno("the machine refuses the seccomp filter", errno);
  return {};
}

}  // namespace strongroom::tee
