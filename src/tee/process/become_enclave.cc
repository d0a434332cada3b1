#include "tee/process/become_enclave.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>

#include "kernel/thread.h"
#include "tee/confine.h"
#include "tee/launch_secret.h"
#include "tee/process/guardian.h"

namespace strongroom::tee::process {

const char* describe(Step step) {
  switch (step) {
    case Step::kDone:
      return "nothing";
    case Step::kLimits:
      return "cannot limit itself";
    case Step::kOwnUser:
      return "cannot become a user of its own (neither by setresuid nor by a user namespace)";
    case Step::kSecretMemory:
      return "cannot create secret memory (memfd_secret)";
    case Step::kMapPrivate:
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
    case Step::kGuardian:
      return "cannot take the enclave's ptrace slot (is ptrace forbidden here?)";
    case Step::kDebugger:
      return "cannot wait for a debugger (/proc/self/status)";
  }
  return "an unknown step";
}

namespace {

// Takes back what the C library registered with the machine's kernel for this thread.
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

// Only the signals that the enclave kernel serves may arrive; and the one by which a debugger interrupts what
// it debugs: without a debugger it is ignored.
void block_signals(bool debug) {
  sigset_t blocked;
  sigfillset(&blocked);
  if (debug) {
    signal(SIGINT, SIG_IGN);
    sigdelset(&blocked, SIGINT);
  }
  for (const int signal : {SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&blocked, signal);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

int secret_file() {
  return static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC));
}

// Fixed mappings only; nothing of ours may be there already.
bool map_at(uint64_t address, uint64_t size, int protection, int file, uint64_t file_offset, int sharing) {
  void* wanted = reinterpret_cast<void*>(address);
  return mmap(wanted, size, protection, sharing | MAP_FIXED_NOREPLACE, file,
              static_cast<off_t>(file_offset)) == wanted;
}

// One secret file backs everything writable: its offsets are the enclave's. Whoever takes the descriptor
// reads the enclave for as long as it lives, so there is one for no longer than the mappings need it.
Step map_private_memory(const EnclavePlan& plan) {
  const arch::ImageHeader& header = plan.image->view.header();
  int file = -1;
  if (!plan.debug) {
    file = secret_file();
    if (file < 0) return Step::kSecretMemory;
    if (ftruncate(file, static_cast<off_t>(header.enclave_size)) != 0) return Step::kSecretMemory;
    // mincore() answers only the owner, and the enclave kernel asks it which pages were used. Where it lies
    // instead, more is zeroed.
    if (fchown(file, plan.user, plan.user) != 0) errno = 0;
  }
  const int sharing = plan.debug ? MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  const auto map = [&](uint64_t offset, uint64_t size, int protection) {
    return map_at(plan.base + offset, size, protection, file, plan.debug ? 0 : offset, sharing);
  };
  for (const PrivateSegment& segment : plan.image->private_segments)
    if (!map(segment.offset, segment.size, PROT_READ | PROT_WRITE)) return Step::kMapPrivate;
  if (!map(header.arena.offset, header.arena.size, PROT_NONE)) return Step::kMapArena;
  if (file >= 0) close(file);
  return Step::kDone;
}

void fill_private_memory(const EnclavePlan& plan) {
  for (const PrivateContents& contents : plan.image->private_contents)
    std::memcpy(reinterpret_cast<void*>(plan.base + contents.offset), contents.bytes.data(),
                contents.bytes.size());
}

Step map_code(const EnclavePlan& plan) {
  for (const SharedSegment& segment : plan.image->shared_segments) {
    // Shared mappings of a sealed file cannot be written even through /proc/PID/mem; a debugger needs private
    // ones.
    const int sharing = plan.debug ? MAP_PRIVATE : MAP_SHARED;
    const int protection = static_cast<int>(segment.protection);
    if (!map_at(plan.base + segment.offset, segment.size, protection, plan.image->code.get(),
                segment.file_offset, sharing))
      return Step::kMapCode;
  }
  return Step::kDone;
}

// Not by SIGSTOP: a debugger that attaches to a stopped process sees that signal again when it lets the
// process go on.
bool wait_for_tracer(int status_file) {
  constexpr timespec kPause{0, 20'000'000};
  char text[1024] = {};
  while (true) {
    if (pread(status_file, text, sizeof text - 1, 0) <= 0) return false;
    const char* line = strstr(text, "\nTracerPid:\t");
    if (line == nullptr) return false;
    if (line[sizeof "\nTracerPid:\t" - 1] != '0') return true;
    nanosleep(&kPause, nullptr);
  }
}

uint64_t locked_bytes(const PreparedImage& image) {
  uint64_t total = image.view.header().arena.size;
  for (const PrivateSegment& segment : image.private_segments) total += segment.size;
  return total;
}

Step prepare(const EnclavePlan& plan) {
  // The parent's death is this process's, unless the parent has changed its user and this process has not
  // yet.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != plan.parent) return Step::kLimits;
  if (!limit_process(locked_bytes(*plan.image))) return Step::kLimits;
  // With the privileges that are about to go, for locked memory; the memory holds nothing but what is in the
  // image.
  if (const Step step = map_private_memory(plan); step != Step::kDone) return step;
  if (const Step step = map_code(plan); step != Step::kDone) return step;
  block_signals(plan.debug);
  // A debug enclave leaves its tracer's slot to the debugger.
  if (!plan.debug && !create_guardian({plan.parent, plan.user, plan.guardian_entry})) return Step::kGuardian;
  if (!become_user(plan.user) || getppid() != plan.parent) return Step::kOwnUser;
  if (prctl(PR_SET_DUMPABLE, plan.debug ? 1 : 0) != 0) return Step::kDumpable;
  fill_private_memory(plan);
  receive_launch_secret(plan.keeper, reinterpret_cast<void*>(plan.launch_secret));
  const uint64_t exchange_size = plan.image->view.header().thread_count * kernel::kExchangeSize;
  if (!map_at(plan.exchanges, exchange_size, PROT_READ | PROT_WRITE, plan.exchange_file, 0, MAP_SHARED))
    return Step::kMapExchange;
  if (plan.call_area_size != 0 && !map_at(plan.exchanges + exchange_size, plan.call_area_size,
                                          PROT_READ | PROT_WRITE, plan.call_area_file, 0, MAP_SHARED))
    return Step::kMapExchange;
  const int status_file = plan.wait_for_debugger ? open("/proc/self/status", O_RDONLY | O_CLOEXEC) : -1;
  if (!forbid_outside()) return Step::kLandlock;
  if (!forget_c_library()) return Step::kRestartableSequences;
  if (plan.wait_for_debugger && !wait_for_tracer(status_file)) return Step::kDebugger;
  return Step::kDone;
}

}  // namespace

void become_enclave(const EnclavePlan& plan) {
  const Step step = prepare(plan);
  if (step != Step::kDone) {
    const Failure failure{step, errno};
    (void)!write(plan.failure_pipe, &failure, sizeof failure);
    _exit(1);
  }
  // Every descriptor goes, the pipe whose closing says that all is well last.
  const arch::ImageHeader& header = plan.image->view.header();
  const uint64_t stack =
      plan.base + header.kernel_stacks.offset + header.kernel_stack_stride - kernel::kThreadAreaSize;
  const uint64_t entry = plan.entry;
  const uint64_t exchanges = plan.exchanges;
  const uint64_t is_guarded = plan.debug ? 0 : 1;
  syscall(SYS_close_range, 0, ~0u, 0);
  if (is_guarded != 0) release_guardian();
  asm volatile(
      "mov %0, %%rsp\n"
      "jmp *%1\n"
      :
      : "r"(stack), "r"(entry), "D"(exchanges), "S"(is_guarded)
      : "memory");
  __builtin_unreachable();
}

bool has_secret_memory() {
  const int file = secret_file();
  if (file >= 0) close(file);
  return file >= 0;
}

}  // namespace strongroom::tee::process
