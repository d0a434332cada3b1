// Whether a program finds all of its registers again: after system calls, after faults and after signals
// whose handlers use every vector register. Prints "ok CASE" or "FAIL CASE: what". With an argument it does
// what single letters on its input ask for.
#include <cpuid.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

struct State {
  uint64_t general[15];  // rax rbx rcx rdx rsi rdi rbp r8 ... r15
  uint64_t rsp_before, rsp_after;
  uint64_t flags;
  uint64_t red_zone[16];
  uint32_t mxcsr;
  uint16_t control;
  uint16_t padding;
  uint64_t opmasks[8];
  uint64_t more_padding[5];
  uint64_t vectors[32][8];
};
static_assert(offsetof(State, flags) == 136 && offsetof(State, red_zone) == 144 &&
              offsetof(State, mxcsr) == 272);
static_assert(offsetof(State, opmasks) == 280 && offsetof(State, vectors) == 384);

extern "C" {
int have_avx512 = 0;
using Probe = void(const State*, State*);
Probe probe_rewritten_getpid, probe_rewritten_write, probe_rewritten_tkill, probe_rewritten_futex;
Probe probe_trapped_getpid, probe_trapped_write, probe_trapped_tkill, probe_trapped_futex;
Probe probe_rewritten_cpuid, probe_invalid_instruction, probe_page_fault, probe_division;
Probe probe_call_wait;
uint64_t call_wait_function = 0;  // of the kernel: arch::OwnCall::kCallWaitFunction
}

namespace {

enum { kRax, kRbx, kRcx, kRdx, kRsi, kRdi, kRbp, kR8, kR9, kR10, kR11, kR12, kR13, kR14, kR15 };
const char* const kNames[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
                              "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
constexpr uint64_t kArithmeticFlags = 0x8d5, kDirection = 0x400, kAlignment = 0x40000;

std::mt19937_64 random_bits(1);
void* volatile page = nullptr;
int skip = 0;  // bytes of the instruction that the handler steps over
volatile sig_atomic_t handled = 0;

// Uses every vector register, the x87 stack and MXCSR.
void spoil() {
  State garbage{};
  std::memset(&garbage, 0x5a, sizeof garbage);
  if (have_avx512 != 0)
    __asm__ volatile(
        "vpternlogd $0xff, %%zmm0, %%zmm0, %%zmm0\n vmovdqa64 %%zmm0, %%zmm31\n vmovdqa64 %%zmm0, %%zmm17\n"
        "vmovdqa64 %%zmm0, %%zmm5\n kmovq %0, %%k1\n kmovq %0, %%k7"
        :
        : "r"(0x1234ull)
        : "xmm0", "xmm5");
  __asm__ volatile(
      "vpcmpeqd %%ymm0, %%ymm0, %%ymm0\n vmovdqa %%ymm0, %%ymm3\n vmovdqa %%ymm0, %%ymm9\n"
      "vmovdqa %%ymm0, %%ymm15\n fld1\n fldpi\n"
      :
      :
      : "xmm0", "xmm3", "xmm9", "xmm15", "st", "st(1)");
  const uint32_t mxcsr = 0x1f80;
  const uint16_t control = 0x37f;
  __asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(mxcsr), "m"(control));
}
void on_signal(int, siginfo_t*, void* context) {
  handled = handled + 1;
  spoil();
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += skip;
  if (page != nullptr) mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

State random_state(uint64_t flags) {
  State state{};
  for (auto* word = reinterpret_cast<uint64_t*>(&state); word < reinterpret_cast<uint64_t*>(&state + 1);
       ++word)
    *word = random_bits();
  state.flags = 0x202 | flags;
  state.mxcsr = 0x1f80 | 0x6000;   // round to zero
  state.control = 0x37f & ~0x300;  // single precision
  return state;
}

// What a C function keeps.
bool is_kept(int i) {
  return i == kRbx || i == kRbp || i >= kR12;
}

// The vector registers are lost, and nobody else's come in their place.
bool brings_nothing(const State& out) {
  static const State nothing{};
  return (have_avx512 == 0 || std::memcmp(out.opmasks, nothing.opmasks, sizeof out.opmasks) == 0) &&
         std::memcmp(out.vectors, nothing.vectors, sizeof out.vectors) == 0;
}

std::string difference(const State& in, const State& out, bool is_call, bool is_function = false) {
  std::string all;
  for (int i = 0; i < 15; ++i)
    if (out.general[i] != in.general[i] && !(is_call && (i == kRax || i == kRcx || i == kR11)) &&
        !(is_function && !is_kept(i)))
      all += std::string(" ") + kNames[i];
  if (out.rsp_before != out.rsp_after) all += " rsp";
  const uint64_t compared = (is_function ? 0 : kArithmeticFlags) | kDirection | kAlignment;
  if ((in.flags & compared) != (out.flags & compared)) {
    char text[64];
    std::snprintf(text, sizeof text, " flags:%lx->%lx", in.flags, out.flags);
    all += text;
  }
  if (std::memcmp(in.red_zone, out.red_zone, sizeof in.red_zone) != 0) all += " red-zone";
  if (in.mxcsr != out.mxcsr) all += " mxcsr";
  if (in.control != out.control) all += " x87-control";
  if (is_function) return all + (brings_nothing(out) ? "" : " vectors of the host");
  for (int i = 1; i < 8; ++i)
    if (have_avx512 != 0 && in.opmasks[i] != out.opmasks[i]) all += " k" + std::to_string(i);
  const int count = have_avx512 != 0 ? 32 : 16;
  const size_t size = have_avx512 != 0 ? 64 : 32;
  for (int i = 0; i < count; ++i)
    if (std::memcmp(in.vectors[i], out.vectors[i], size) != 0) all += " v" + std::to_string(i);
  return all;
}

int failures = 0;
void report(const std::string& name, const std::string& wrong) {
  if (wrong.empty())
    std::printf("ok %s\n", name.c_str());
  else
    std::printf("FAIL %s:%s\n", name.c_str(), wrong.c_str()), ++failures;
}

using Values = std::vector<std::pair<int, uint64_t>>;
void check(const std::string& name, Probe* probe, bool is_call, uint64_t flags, const Values& values,
           uint64_t result) {
  std::string wrong;
  for (int round = 0; round < 20 && wrong.empty(); ++round) {
    State in = random_state(flags);
    for (const auto& [index, value] : values) in.general[index] = value;
    if (page != nullptr) mprotect(page, 4096, PROT_NONE);
    State out{};
    probe(&in, &out);
    wrong = difference(in, out, is_call);
    if (is_call && out.general[kRax] != result)
      wrong += " result:" + std::to_string(static_cast<int64_t>(out.general[kRax]));
  }
  report(name, wrong);
}

// Leaf 0, whose answer no processor of a machine gives otherwise than the next.
void check_cpuid(uint64_t flags) {
  std::string wrong;
  for (int round = 0; round < 20 && wrong.empty(); ++round) {
    State in = random_state(flags), out{};
    probe_rewritten_cpuid(&in, &out);
    unsigned a = 0, b = 0, c = 0, d = 0;
    __get_cpuid(0, &a, &b, &c, &d);
    in.general[kRax] = a;
    in.general[kRbx] = b;
    in.general[kRcx] = c;
    in.general[kRdx] = d;
    wrong = difference(in, out, false);
  }
  report("rewritten_cpuid", wrong);
}

void handle(int number) {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO;
  sigaction(number, &action, nullptr);
}

// For hosts that look at every step: probes that are asked for by one letter each. From the answer of read()
// to the call of write() nothing happens but the probe, whose registers are ready before; for any other
// letter, nothing at all.
struct Stepped {
  char letter;
  const char* name;
  Probe* probe;
  bool is_call;
  int skip;
  Values values;
};
// Words of the call area, and the function of the kernel that waits on them: nothing where there is none.
Values find_call_wait() {
  constexpr long kCallArea = 0x53520000, kCallWaitFunction = 0x53520002;  // arch/own_calls.h
  uint64_t place[6] = {};
  const long function = syscall(kCallWaitFunction);
  if (function <= 0 || syscall(kCallArea, place) != 0) return {};
  call_wait_function = static_cast<uint64_t>(function);
  return {{kRdi, place[0] + 64}, {kRsi, place[0]}, {kRdx, 0xffffffff'00000000}};
}

// A signal comes while the thread makes no system call; the wait that follows delivers it.
std::string take_signal_in_wait(const Values& wait, uint64_t tid) {
  State state = random_state(kDirection), out{};
  for (const auto& [index, value] : wait) state.general[index] = value;
  handled = 0;
  std::atomic<bool> started{false}, sent{false};
  std::thread sender([&] {
    while (!started) {  // until the call that starts this thread has returned
    }
    syscall(SYS_tkill, tid, SIGUSR1);
    sent = true;
  });
  started = true;
  while (!sent) {
  }
  std::string wrong = handled == 0 ? "" : " early";
  probe_call_wait(&state, &out);
  if (handled != 1) wrong += " no signal";
  sender.join();
  return wrong + difference(state, out, false, true);
}

int serve_letters(uint64_t pid, uint64_t tid, const Values& write_dot, const Values& send) {
  const Stepped all[] = {
      {'r', "rewritten_getpid", probe_rewritten_getpid, true, 0, {}},
      {'t', "trapped_getpid", probe_trapped_getpid, true, 0, {}},
      {'w', "rewritten_write", probe_rewritten_write, true, 0, write_dot},
      {'v', "trapped_write", probe_trapped_write, true, 0, write_dot},
      {'k', "trapped_tkill", probe_trapped_tkill, true, 0, send},
      {'i', "invalid_instruction", probe_invalid_instruction, false, 2, {}},
      {'d', "division", probe_division, false, 3, {{kRax, 0x1234}, {kR9, 0}}},
      {'p', "page_fault", probe_page_fault, false, 0, {{kR10, reinterpret_cast<uint64_t>(page) + 5}}},
  };
  const Values wait = find_call_wait();
  char letter = 0;
  static char done = '\n';
  for (State in = random_state(kArithmeticFlags | kDirection), out{}; read(0, &letter, 1) == 1;
       in = random_state(kArithmeticFlags | kDirection)) {
    const Stepped* chosen = nullptr;
    for (const Stepped& one : all)
      if (one.letter == letter) chosen = &one;
    if (letter == 'n') {  // as many system calls as nobody outside may notice
      for (int i = 0; i < 1000; ++i) probe_rewritten_getpid(&in, &out);
    } else if (letter == 'm') {
      std::thread([] {}).join();
    } else if (letter == 'a') {
      State state = in;
      for (const auto& [index, value] : wait) state.general[index] = value;
      probe_call_wait(&state, &out);
      std::string wrong = difference(state, out, false, true);
      // The next that happens is an exception.
      probe_trapped_getpid(&in, &out);
      if (out.general[kRax] != pid) wrong += " no exception";
      if (write(1, &done, 1) != 1) return 1;
      report("call_wait", wrong);
      std::fflush(stdout);
      continue;
    } else if (letter == 's') {
      skip = 0;
      const std::string wrong = take_signal_in_wait(wait, tid);
      if (write(1, &done, 1) != 1) return 1;
      report("signal_in_call_wait", wrong);
      std::fflush(stdout);
      continue;
    } else if (chosen != nullptr) {
      State state = in;
      for (const auto& [index, value] : chosen->values) state.general[index] = value;
      skip = chosen->skip;
      chosen->probe(&state, &out);
      if (write(1, &done, 1) != 1) return 1;
      std::string wrong = difference(state, out, chosen->is_call);
      const uint64_t result = letter == 'k' ? 0 : letter == 'w' || letter == 'v' ? 1 : pid;
      if (chosen->is_call && out.general[kRax] != result) wrong += " result";
      report(chosen->name, wrong);
      std::fflush(stdout);
      if (page != nullptr) mprotect(page, 4096, PROT_NONE);
      continue;
    }
    if (write(1, &done, 1) != 1) return 1;
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char**) {
  have_avx512 = __builtin_cpu_supports("avx512bw") ? 1 : 0;
  if (!__builtin_cpu_supports("avx2")) return std::puts("no AVX") * 0 + 77;
  const auto pid = static_cast<uint64_t>(getpid());
  const auto tid = static_cast<uint64_t>(gettid());
  const uint64_t flags = kArithmeticFlags | kDirection | kAlignment;

  static const char dot = '.';
  const Values write_dot = {{kRdi, 2}, {kRsi, reinterpret_cast<uint64_t>(&dot)}, {kRdx, 1}};
  const Values send = {{kRdi, tid}, {kRsi, SIGUSR1}};
  if (count > 1) {
    for (const int number : {SIGUSR1, SIGILL, SIGFPE, SIGSEGV}) handle(number);
    page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return serve_letters(pid, tid, write_dot, send);
  }
  check("rewritten_getpid", probe_rewritten_getpid, true, flags, {}, pid);
  check("trapped_getpid", probe_trapped_getpid, true, flags, {}, pid);
  check_cpuid(flags);
  // Through the host: one byte to the error stream.
  check("rewritten_write", probe_rewritten_write, true, flags, write_dot, 1);
  check("trapped_write", probe_trapped_write, true, flags, write_dot, 1);
  // The thread sleeps in between.
  static uint32_t word = 7;
  static const timespec moment{0, 2'000'000};
  const Values wait = {{kRdi, reinterpret_cast<uint64_t>(&word)},
                       {kRsi, FUTEX_WAIT_PRIVATE},
                       {kRdx, 7},
                       {kR10, reinterpret_cast<uint64_t>(&moment)}};
  check("rewritten_futex", probe_rewritten_futex, true, flags, wait, static_cast<uint64_t>(-ETIMEDOUT));
  check("trapped_futex", probe_trapped_futex, true, flags, wait, static_cast<uint64_t>(-ETIMEDOUT));
  // A signal is delivered on the way back, and its handler uses everything.
  handle(SIGUSR1);
  const uint64_t quiet = kArithmeticFlags | kDirection;  // a handler need not bear alignment checks
  check("rewritten_tkill", probe_rewritten_tkill, true, quiet, send, 0);
  check("trapped_tkill", probe_trapped_tkill, true, quiet, send, 0);
  // Faults: a handler steps over the instruction, or repairs what it needs.
  handle(SIGILL);
  handle(SIGFPE);
  handle(SIGSEGV);
  skip = 2;
  check("invalid_instruction", probe_invalid_instruction, false, quiet, {}, 0);
  skip = 3;
  check("division", probe_division, false, quiet, {{kRax, 0x1234}, {kR9, 0}}, 0);
  skip = 0;
  page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (getenv("WITHOUT_PAGE_FAULT") == nullptr)
    check("page_fault", probe_page_fault, false, quiet, {{kR10, reinterpret_cast<uint64_t>(page) + 5}}, 0);
  std::printf("%d failed\n", failures);
  return failures == 0 ? 0 : 1;
}
