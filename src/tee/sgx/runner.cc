#include "tee/sgx/runner.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <system_error>

#include "arch/leaf.h"
#include "kernel/port/sgx_layout.h"
#include "tee/host_clock.h"

namespace strongroom::tee::sgx {
namespace {

constexpr auto kEnter = static_cast<uint32_t>(arch::Enclu::kEenter);
constexpr auto kResume = static_cast<uint32_t>(arch::Enclu::kEresume);
constexpr auto kExit = static_cast<uint32_t>(arch::Enclu::kEexit);

std::string describe(const sgx_enclave_run& run) {
  return fmt::format(
      "exception {} (error code {:#x}, address {:#x})", static_cast<unsigned>(run.exception_vector),
      static_cast<unsigned>(run.exception_error_code), static_cast<uint64_t>(run.exception_addr));
}

// The enclave that this thread runs, and its TCS.
struct Inside {
  Runner* runner = nullptr;
  uint64_t enter = 0;
  uint64_t tcs = 0;
};
thread_local Inside inside;

}  // namespace

inline int Runner::leaf_after_wait() const {
  return stopping() ? -ECANCELED : static_cast<int>(kEnter);
}

// Most waits wake nobody, and are woken from another processor: what they execute keeps no register.
inline int Runner::serve_wait(uint64_t wake, uint64_t wait, uint32_t expected) const {
  if (wake != 0) [[unlikely]]
    return wake_and_wait(wake, wait, expected);
  const CallWords& words = call_words();
  const uint64_t word = words.offset_of(wait);
  if (words.has(word) && words.wait(word, expected, nullptr) == 0 && words.is_in_the_way(word)) [[unlikely]]
    return make_way();
  return leaf_after_wait();
}

int Runner::wake_and_wait(uint64_t wake, uint64_t wait, uint32_t expected) const {
  const CallWords& words = call_words();
  const uint64_t word = words.offset_of(wake);
  if (words.has(word)) words.wake(word, wait == 0);
  return serve_wait(0, wait, expected);
}

int Runner::make_way() const {
  leave_processor(current_processor_plus_one() - 1);
  return leaf_after_wait();
}

// For strongroom_sgx_left.
extern "C" int strongroom_sgx_serve_wait(const sgx_enclave_run* run, uint64_t wait, uint64_t /*rdx*/,
                                         uint64_t /*rsp*/, uint32_t expected, uint64_t wake) {
  return reinterpret_cast<const Runner*>(run->user_data)->serve_wait(wake, wait, expected);
}

Runner::Runner(EnclaveDevice device, const arch::ImageHeader& header, uint64_t base, SharedMemory memory,
               uint64_t enter)
    : HostedThreads(header.thread_count, memory.call_area),
      device_(std::move(device)),
      header_(header),
      base_(base),
      exchanges_(memory.exchanges),
      enter_(enter),
      slots_(header.thread_count) {}

void Runner::enter() {
  struct sigaction action {};
  action.sa_handler = handle_breakpoint;
  sigaction(SIGTRAP, &action, nullptr);
  if (start_thread(0) != 0) stop("cannot create a thread for the enclave");
}

EnclaveEnd Runner::wait() {
  wait_for_end();
  return services().end();
}

int64_t Runner::start_thread(uint32_t number) {
  Slot& slot = slots_[number];
  const std::lock_guard lock(slot.mutex);
  // The slot's last thread has made its last call, so it ends soon.
  if (slot.thread.joinable()) slot.thread.join();
  forget_wake(number);
  try {
    slot.thread = std::thread([this, number] { run_thread(number); });
  } catch (const std::system_error&) {
    return -EAGAIN;
  }
  return 0;
}

int64_t Runner::change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t permissions) {
  switch (static_cast<kernel::PageChange>(change)) {
    case kernel::PageChange::kRestrict:
      return device_.restrict_permissions(offset, size, permissions);
    case kernel::PageChange::kTrim:
      return device_.trim(offset, size);
    case kernel::PageChange::kRemove:
      return device_.remove(offset, size);
    case kernel::PageChange::kProtect:
      return device_.protect(offset, size, permissions);
    case kernel::PageChange::kProvide:
      break;
  }
  return -EINVAL;
}

std::string Runner::explain_refusal(const sgx_enclave_run& run) const {
  constexpr unsigned kGeneralProtection = 13, kPageFault = 14;
  const bool needs_exinfo = run.exception_vector == kGeneralProtection || run.exception_vector == kPageFault;
  if ((header_.flags & arch::kImageFixedMemory) != 0 && needs_exinfo)
    return "the program was stopped by " + describe(run) +
           ", of which a processor with SGX1 does not tell the enclave";
  return "the enclave kernel is not prepared for " + describe(run);
}

bool Runner::serve(uint32_t number) {
  switch (services().serve(number, exchanges_[number])) {
    case CallOutcome::kAnswered:
      return true;
    case CallOutcome::kThreadEnded:
      return false;
    case CallOutcome::kEnclaveEnded:
      finish();
      return false;
  }
  return false;
}

// One call site for all entries: the enclave counts on the same stack pointer at each.
void Runner::run_thread(uint32_t number) {
  sgx_enclave_run run{};
  run.tcs = base_ + header_.tcs.offset + number * arch::kPageSize;
  run.user_handler = reinterpret_cast<uint64_t>(strongroom_sgx_left);
  run.user_data = reinterpret_cast<uint64_t>(this);
  inside = {this, enter_, run.tcs};
  EntryRegisters registers{.rdi = reinterpret_cast<uint64_t>(exchanges_)};
  uint32_t leaf = kEnter;
  bool in_exception = false;
  FreshClock clock;
  // With SGX1 an enclave asks its host for each time.
  const bool asks_for_time = (header_.flags & arch::kImageFixedMemory) != 0;
  while (!stopping()) {
    if (asks_for_time)
      write_clock(exchanges_[number]);
    else
      clock.write(exchanges_[number]);
    const int error = strongroom_sgx_enter(enter_, leaf, &run, &registers);
    if (error == -ECANCELED) return;
    if (error != 0) return stop(fmt::format("the vDSO refuses to enter the enclave: {}", -error));
    if (run.function != kExit) {
      // An exception inside is reported as one at ERESUME; at EENTER, the entry itself has failed.
      if (run.function != kResume)
        return stop("the processor refuses to enter the enclave: " + describe(run));
      if (in_exception) return stop("the enclave cannot handle its exceptions: " + describe(run));
      in_exception = true;
      registers = {run.exception_vector, run.exception_error_code, run.exception_addr};
      leaf = kEnter;
      continue;
    }
    switch (static_cast<kernel::SgxExit>(registers.rdi)) {
      case kernel::SgxExit::kCall:
        if (!serve(number)) return;
        registers = {};
        leaf = kEnter;
        break;
      case kernel::SgxExit::kResume:
        in_exception = false;
        registers = {};
        leaf = kResume;
        break;
      case kernel::SgxExit::kRefused:
        return stop(in_exception ? explain_refusal(run) : std::string("the enclave refuses to be entered"));
      default:
        return stop("the enclave was left in a way that nobody knows");
    }
  }
}

// The signal came at the point to which the enclave leaves for interrupts; there it is resumed when this
// returns.
void Runner::handle_breakpoint(int) {
  constexpr uint64_t kBreakpoint = 3;
  if (inside.runner == nullptr) return;
  sgx_enclave_run run{};
  run.tcs = inside.tcs;
  EntryRegisters registers{.rdi = kBreakpoint};
  const int error = strongroom_sgx_enter(inside.enter, kEnter, &run, &registers);
  const bool handled =
      error == 0 && run.function == kExit && registers.rdi == static_cast<uint64_t>(kernel::SgxExit::kResume);
  if (!handled) inside.runner->stop("the enclave kernel is not prepared for a breakpoint or single step");
}

}  // namespace strongroom::tee::sgx
