// The seccomp filter of the port "process". It is part of the measured kernel, so whoever knows the
// measurement knows the filter.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>

#include "kernel/boot.h"
#include "kernel/port/process_syscall.h"

namespace strongroom::kernel::port::process {
namespace {

constexpr uint32_t field(size_t offset) {
  return static_cast<uint32_t>(offset);
}
constexpr uint32_t low_argument(int index) {
  return field(offsetof(seccomp_data, args) + static_cast<size_t>(index) * 8);
}
constexpr uint32_t high_argument(int index) {
  return low_argument(index) + 4;
}

class Filter {
 public:
  void load(uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset); }
  void allow() { add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW); }
  void kill() { add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS); }
  void require_equal(uint32_t value) {
    add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value);
    kill();
  }
  void require_either(uint32_t one, uint32_t other) {
    add(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, one);
    add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, other);
    kill();
  }
  // begin <= value < end
  void require_in(uint32_t begin, uint32_t end) {
    add(BPF_JMP | BPF_JGE | BPF_K, 1, 0, begin);
    kill();
    add(BPF_JMP | BPF_JGE | BPF_K, 0, 1, end);
    kill();
  }
  void require_clear(uint32_t bits) {
    add(BPF_JMP | BPF_JSET | BPF_K, 0, 1, bits);
    kill();
  }
  // Rules up to end_call() apply to this system call alone.
  void begin_call(uint32_t number) {
    load(field(offsetof(seccomp_data, nr)));
    call_ = size_;
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, number);
  }
  void end_call() {
    allow();
    rules_[call_].jf = static_cast<uint8_t>(size_ - call_ - 1);
  }
  void allow_call(uint32_t number) {
    begin_call(number);
    end_call();
  }
  [[nodiscard]] sock_fprog program() { return {static_cast<unsigned short>(size_), rules_}; }

 private:
  void add(int code, int jump_true, int jump_false, uint32_t value) {
    rules_[size_++] = {static_cast<uint16_t>(code), static_cast<uint8_t>(jump_true),
                       static_cast<uint8_t>(jump_false), value};
  }
  sock_filter rules_[160];
  uint32_t size_ = 0;
  uint32_t call_ = 0;
};

// An enclave never crosses a 4 GiB boundary (its base is a multiple of its size, or of 4 GiB where that is
// larger), unless it is larger than that.
uint32_t low(uint64_t value) {
  return static_cast<uint32_t>(value);
}
uint32_t high(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}

// System calls come from the kernel's own code only.
void require_kernel(Filter& filter) {
  const auto text_begin = reinterpret_cast<uint64_t>(strongroom_text_start);
  const auto text_end = reinterpret_cast<uint64_t>(strongroom_text_end);
  filter.load(field(offsetof(seccomp_data, arch)));
  filter.require_equal(AUDIT_ARCH_X86_64);
  // The address after the `syscall` instruction.
  filter.load(field(offsetof(seccomp_data, instruction_pointer) + 4));
  filter.require_equal(high(text_begin));
  filter.load(field(offsetof(seccomp_data, instruction_pointer)));
  filter.require_in(low(text_begin), low(text_end));
}

bool install(Filter& filter) {
  filter.kill();
  const sock_fprog program = filter.program();
  return strongroom_process_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0L, &program) == 0;
}

}  // namespace

// A thread may place itself, and no other.
void allow_placement(Filter& filter) {
  filter.allow_call(SYS_sched_getaffinity);
  filter.begin_call(SYS_sched_setaffinity);
  filter.load(low_argument(0));
  filter.require_equal(0);
  filter.end_call();
}

bool install_guardian_filter() {
  Filter filter;
  require_kernel(filter);
  filter.allow_call(SYS_wait4);
  filter.allow_call(SYS_rt_sigtimedwait);
  filter.allow_call(SYS_restart_syscall);
  // The enclave's threads, too.
  filter.allow_call(SYS_sched_getaffinity);
  filter.allow_call(SYS_sched_setaffinity);
  // No registers, no memory.
  filter.begin_call(SYS_ptrace);
  filter.load(high_argument(0));
  filter.require_equal(0);
  filter.load(low_argument(0));
  filter.require_either(PTRACE_CONT, PTRACE_LISTEN);
  filter.end_call();
  return install(filter);
}

bool install_filter() {
  Filter filter;
  require_kernel(filter);
  filter.allow_call(SYS_rt_sigreturn);
  filter.allow_call(SYS_futex);
  // How the machine's kernel goes on with a timed wait after the thread was stopped.
  filter.allow_call(SYS_restart_syscall);
  filter.allow_call(SYS_clock_gettime);
  filter.allow_call(SYS_mincore);
  filter.allow_call(SYS_sigaltstack);
  filter.allow_call(SYS_sched_yield);
  filter.allow_call(SYS_exit);
  allow_placement(filter);
  // Memory may become readable, writable or neither, never executable.
  filter.begin_call(SYS_mprotect);
  filter.load(low_argument(2));
  filter.require_clear(~static_cast<uint32_t>(arch::kRead | arch::kWrite));
  filter.load(high_argument(2));
  filter.require_equal(0);
  filter.load(high_argument(0));
  filter.require_in(high(enclave_base()), high(enclave_end() - 1) + 1);
  filter.end_call();
  filter.begin_call(SYS_clone);
  filter.load(low_argument(0));
  filter.require_equal(static_cast<uint32_t>(kCloneFlags));
  filter.load(high_argument(0));
  filter.require_equal(0);
  filter.end_call();
  filter.begin_call(SYS_prctl);
  filter.load(low_argument(0));
  filter.require_equal(PR_SET_SYSCALL_USER_DISPATCH);
  filter.end_call();
  return install(filter);
}

}  // namespace strongroom::kernel::port::process
