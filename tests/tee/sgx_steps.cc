#include "sgx_steps.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "base/file.h"
#include "preload/stepping.h"
#include "running.h"
#include "tee/sgx/vdso.h"

namespace strongroom::tee_test {
Steps steps;

namespace {

// How deep the thread is in handlers of interrupts; what it was interrupted at last is to pass once.
thread_local int depth = 0;
thread_local bool passes[4];
thread_local bool claims_next = false;  // by the handler of this interrupt

sgx::Stepping* stepping() {
  static auto* const found = static_cast<sgx::Stepping*>(dlsym(RTLD_DEFAULT, "strongroom_sgx_stepping"));
  return found;
}

bool is_entry_code(uint64_t offset) {
  return offset >= steps.entry_begin && offset < steps.entry_end;
}

bool interrupt_at(uint64_t rip) {
  const uint64_t offset = rip - steps.base;
  steps.steps.fetch_add(1, std::memory_order_relaxed);
  const bool chosen = steps.where == Where::kKernel ? offset < steps.kernel_end : is_entry_code(offset);
  // Within the handling of an interrupt outside the entry code nothing is interrupted again: it would be the
  // same each time.
  if (!chosen || (steps.only != 0 && offset != steps.only) || (depth > 0 && !is_entry_code(offset)))
    return false;
  passes[depth] = !passes[depth];
  if (!passes[depth]) return false;
  // Each is claimed to be an exception once: what follows is stepped, too.
  claims_next =
      steps.claims && is_entry_code(offset) && !steps.claimed_at[offset - steps.entry_begin].exchange(true);
  if (is_entry_code(offset)) steps.interrupted[offset - steps.entry_begin] = true;
  steps.interruptions.fetch_add(1, std::memory_order_relaxed);
  if (steps.only != 0) stepping()->inside = nullptr;
  return true;
}

void expect(bool right, const char* what) {
  const char* none = nullptr;
  if (!right) steps.wrong.compare_exchange_strong(none, what);
}

// Intel SDM volume 3D, table "GPR, x87 Synthetic States on Asynchronous Enclave Exit".
void expect_synthetic(const ucontext_t& context) {
  const greg_t* const registers = context.uc_mcontext.gregs;
  for (const int zero :
       {REG_RDX, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15})
    expect(registers[zero] == 0, "a register shows what the enclave had in it");
  expect(registers[REG_RAX] == kResume, "RAX is not ERESUME");
  expect(registers[REG_RCX] == registers[REG_RIP], "RCX and RIP are not the AEP");
  expect((registers[REG_EFL] & 0x8d5) == 0, "arithmetic flags of the enclave");
  const auto rsp = static_cast<uint64_t>(registers[REG_RSP]);
  expect(rsp - steps.base >= uint64_t{1} << 34, "RSP is the enclave's");
  const auto* const extended = reinterpret_cast<const uint8_t*>(context.uc_mcontext.fpregs);
  uint64_t components = 0;
  std::memcpy(&components, extended + 512, sizeof components);
  const auto all_zero = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i)
      if (extended[i] != 0) return false;
    return true;
  };
  expect(all_zero(32, 416), "x87 or SSE registers of the enclave");
  if ((components & ~uint64_t{3}) != 0) expect(all_zero(576, 2688), "vector registers of the enclave");
}

// As a handler that a timer of the host calls: the context is the processor's at the AEP.
void on_interrupt(int, siginfo_t*, void* context) {
  const auto& interrupted = *static_cast<const ucontext_t*>(context);
  expect_synthetic(interrupted);
  if (!claims_next || depth > 2) return;
  ++depth;
  passes[depth] = false;
  constexpr uint64_t kClaims[] = {14, 6, 13, 3, 0, 1, 32, 255, uint64_t{14} << 32, uint64_t{1} << 32 | 6};
  uint64_t count = steps.claimed.fetch_add(1, std::memory_order_relaxed);
  // 0 is no claim where the enclave is told of interruptions.
  if (with_aex_notify() && kClaims[count % std::size(kClaims)] == 0) ++count;
  sgx_enclave_run run{};
  run.tcs = static_cast<uint64_t>(interrupted.uc_mcontext.gregs[REG_RBX]);
  tee::sgx::EntryRegisters registers{.rdi = kClaims[count % std::size(kClaims)]};
  const int error = tee::sgx::strongroom_sgx_enter(steps.enter_function, kEnter, &run, &registers);
  expect(error == 0, "the vDSO refuses");
  // By the kernel; or by the processor where an entry was interrupted, since there is no third save area.
  const bool refused = run.function == kExit && registers.rdi == kRefused;
  const bool impossible = run.function == kEnter && run.exception_vector == kGeneralProtection;
  expect(refused || impossible, "an exception that did not happen is taken");
  --depth;
}

sgx::Transitions* transitions() {
  return static_cast<sgx::Transitions*>(dlsym(RTLD_DEFAULT, "strongroom_sgx_transitions"));
}

// Steps from each answer to read(), which brings a letter, to the next line that the program writes.
class SteppingHost : public SgxHost {
 public:
  using SgxHost::SgxHost;
  ~SteppingHost() override { join(); }
  std::vector<std::array<uint64_t, 3>> calls;  // of slot 0
  std::vector<uint64_t> crossings;             // ways in and out from each letter to the line that follows

 protected:
  void before_call(uint32_t slot, const kernel::Exchange& exchange) override {
    const auto call = static_cast<kernel::HostCall>(exchange.call);
    if (call == kernel::HostCall::kThreadExit) ++ended_;
    if (call == kernel::HostCall::kThreadStart) ++started_;
    if (slot != 0) return;
    // Offsets of pages are random.
    const bool is_write = call == kernel::HostCall::kConsoleWrite;
    calls.push_back({exchange.call, exchange.arguments[0], is_write ? exchange.arguments[1] : 0});
    if (call != kernel::HostCall::kConsoleWrite || exchange.arguments[0] != 1) return;
    // A thread that was joined is on its way out still.
    while (ended_ != started_) sched_yield();
    stepping()->inside = nullptr;
    if (counting_) crossings.push_back(total() - before_);
    counting_ = false;
  }
  void after_call(uint32_t slot, uint32_t call) override {
    if (slot != 0 || static_cast<kernel::HostCall>(call) != kernel::HostCall::kConsoleRead) return;
    if (round_ < steps.rounds.size()) {
      steps.only = steps.rounds[round_++];
      steps.claimed_at[steps.only - steps.entry_begin] = false;
    }
    if (steps.inside != nullptr)
      stepping()->inside = steps.inside;
    else if (steps.where != Where::kNowhere)
      stepping()->inside = interrupt_at;
    before_ = total();
    counting_ = true;
  }

 private:
  static uint64_t total() {
    const sgx::Transitions& all = *transitions();
    return all.entries + all.exits + all.resumptions + all.asynchronous_exits;
  }
  std::atomic<uint32_t> started_{0}, ended_{0};
  uint64_t before_ = 0;
  bool counting_ = false;
  size_t round_ = 0;
};

}  // namespace

void claim_now() {
  claims_next = true;
}

void prepare_steps(uint64_t entry_begin, uint64_t entry_end) {
  struct sigaction action {};
  action.sa_sigaction = on_interrupt;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(sgx::kStepSignal, &action, nullptr);
  steps.entry_begin = entry_begin;
  steps.entry_end = entry_end;
  for (auto& one : steps.interrupted) one = false;
  for (auto& one : steps.claimed_at) one = false;
  steps.wrong = nullptr;
  steps.steps = steps.interruptions = steps.claimed = 0;
  steps.rounds.clear();
}

Ran run_by_steps(const std::string& letters, Where where, bool claims) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) std::abort();
  const FileDescriptor their_input(to[0]), output(from[0]);
  FileDescriptor input(to[1]), their_output(from[1]);
  if (write(input.get(), letters.data(), letters.size()) != static_cast<ssize_t>(letters.size()))
    std::abort();
  input.reset();
  SteppingHost host(STRONGROOM_TEST_PROGRAMS "/hygiene", {"by letters"}, their_input.get(),
                    their_output.get());
  steps.base = host.base();
  steps.kernel_end = host.header().kernel.offset + host.header().kernel.size;
  steps.enter_function = host.enter_function();
  steps.where = where;
  steps.claims = claims;
  steps.only = 0;
  host.run();
  stepping()->inside = nullptr;
  if (where != Where::kNowhere)
    std::printf("%lu steps, %lu interruptions, %lu claims\n", steps.steps.load(), steps.interruptions.load(),
                steps.claimed.load());
  Ran out{host.end(), {}, host.calls, host.crossings};
  their_output.reset();
  char piece[4096];
  for (ssize_t size; (size = read(output.get(), piece, sizeof piece)) > 0;)
    out.output.append(piece, static_cast<size_t>(size));
  return out;
}

}  // namespace strongroom::tee_test
