#include "tee/vm/monitor.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/processors.h"
#include "kernel/port/vm_layout.h"
#include "kernel/thread.h"
#include "tee/host_clock.h"
#include "tee/vm/describe_exit.h"

namespace strongroom::tee::vm {
namespace {

constexpr int kKickSignal = SIGUSR1;
constexpr uint32_t kMostCallsOfStart = 4;

// A signal that arrives just before KVM_RUN must end that run, too.
thread_local kvm_run* current_run = nullptr;
void leave_guest(int) {
  if (current_run != nullptr) current_run->immediate_exit = 1;
}

bool is_host_call(const kvm_run& run) {
  return run.exit_reason == KVM_EXIT_IO && run.io.direction == KVM_EXIT_IO_OUT &&
         run.io.port == kernel::kVmPort;
}

}  // namespace

Monitor::Monitor(VirtualMachine machine, GuestMemory memory, VirtualProcessor first,
                 const PreparedImage& image, uint64_t base, KernelEntries entries,
                 std::vector<kvm_cpuid_entry2> cpuid)
    : HostedThreads(image.view.header().thread_count, memory.call_area()),
      machine_(std::move(machine)),
      memory_(std::move(memory)),
      image_(image),
      header_(image.view.header()),
      base_(base),
      entries_(entries),
      cpuid_(std::move(cpuid)),
      slots_(header_.thread_count) {
  slots_[0].processor = std::move(first);
}

Result<void> Monitor::serve_debuggers(debug::DebugSocket socket, bool waits) {
  debug_server_ = std::make_unique<debug::Server>(std::move(socket), TRY(debug::Server::create_wake_up()));
  debugger_ = std::make_unique<debug::Debugger>(
      memory_, header_.thread_count, TRY(debug::find_code_places(image_, base_)), waits,
      debug::Debugger::Processors{
          .get = [this](uint32_t slot) -> VirtualProcessor& { return *slots_[slot].processor; },
          .kick = [this](uint32_t slot) { kick(slots_[slot]); },
          .end_enclave = [this] { stop("ended by a debugger"); }},
      [this] { debug_server_->wake(); });
  debug_server_->start(*debugger_);
  return {};
}

void Monitor::enter() {
  struct sigaction action {};
  action.sa_handler = leave_guest;
  sigaction(kKickSignal, &action, nullptr);
  if (start_thread(0) != 0) return finish();
  // Further threads place themselves: once there is a filter, a thread may place no other.
  const std::lock_guard lock(slots_[0].mutex);
  start_elsewhere(slots_[0].thread);
}

EnclaveEnd Monitor::wait() {
  wait_for_end();
  if (debug_server_) debug_server_->end(services().end());
  stop_all();
  return services().end();
}

int64_t Monitor::start_thread(uint32_t number) {
  Slot& slot = slots_[number];
  const std::lock_guard lock(slot.mutex);
  // The slot's last thread has made its last call, so it ends soon.
  if (slot.thread.joinable()) slot.thread.join();
  forget_wake(number);
  // A processor that has run may still have translations of that time.
  slot.flush_wanted = slot.thread_id != 0;
  if (auto prepared = prepare(number); !prepared) {
    // Without its first processor there is no enclave; further ones the program can do without.
    if (number == 0)
      services().report({.kind = EndKind::kFailed,
                         .message = "cannot start a virtual processor: " + prepared.error().message});
    return -EAGAIN;
  }
  try {
    slot.thread = std::thread([this, number] {
      run_processor(number);
      if (debugger_) debugger_->finish(number);
    });
  } catch (const std::system_error& error) {
    if (number == 0)
      services().report(
          {.kind = EndKind::kFailed, .message = std::string("cannot create a thread: ") + error.what()});
    return -EAGAIN;
  }
  return 0;
}

int64_t Monitor::park(uint32_t number, int64_t timeout_ns) {
  const int64_t result = HostedThreads::park(number, timeout_ns);
  // The scheduler likes to leave a thread beside who created or woke it, where neither can wait for the other
  // by spinning.
  if (timeout_ns != 0) start_on_processor(number);
  return result;
}

// Each other processor leaves the guest and gets an NMI, whose handler drops cached translations, before it
// runs on.
int64_t Monitor::flush(uint32_t number) {
  for (uint32_t other = 0; other < slots_.size(); ++other)
    if (other != number) slots_[other].flush_wanted = true;
  for (uint32_t other = 0; other < slots_.size(); ++other)
    while (other != number && slots_[other].in_guest && slots_[other].flush_wanted && !stopping())
      kick(slots_[other]);
  return 0;
}

int64_t Monitor::change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t) {
  if (static_cast<kernel::PageChange>(change) != kernel::PageChange::kProvide ||
      offset > header_.enclave_size || size > header_.enclave_size - offset)
    return -EINVAL;
  const std::lock_guard lock(providing_);
  const uint32_t parts = kernel::vm_parts(header_.enclave_size, offset, offset + size);
  return memory_.provide(machine_, parts) ? 0 : -ENOMEM;
}

Result<void> Monitor::prepare(uint32_t number) {
  Slot& slot = slots_[number];
  if (!slot.processor) slot.processor = TRY(make_processor(machine_, number, cpuid_));
  TRY(prepare_processor(*slot.processor, memory_, number, entries_, thread_area_of(header_, base_, number),
                        cpuid_));
  if (debugger_) debug::install_stub(memory_.block(number));
  return {};
}

void Monitor::run_processor(uint32_t number) {
  Slot& slot = slots_[number];
  VirtualProcessor& processor = *slot.processor;
  kernel::Exchange& exchange = memory_.exchange(number);
  if (number != 0) start_on_processor(number);
  current_run = &processor.state();
  slot.thread_id = gettid();
  FreshClock clock;
  while (true) {
    if (debugger_) debugger_->enter(number);
    clock.write(exchange);
    slot.in_guest = true;
    if (stopping()) break;
    if (slot.flush_wanted.exchange(false))
      if (auto injected = processor.inject_nmi(); !injected)
        return leave_and_stop(slot, injected.error().message);
    Result<bool> exited = processor.run();
    slot.in_guest = false;
    processor.state().immediate_exit = 0;
    if (!exited) return leave_and_stop(slot, exited.error().message);
    if (!*exited) continue;
    if (debugger_) {
      if (debugger_->take(number)) continue;
      debugger_->leave(number);
    }
    if (!is_host_call(processor.state())) return leave_and_stop(slot, describe_exit(processor));
    switch (serve(number, exchange)) {
      case CallOutcome::kAnswered:
        break;
      case CallOutcome::kThreadEnded:
        return;
      case CallOutcome::kEnclaveEnded:
        // Of a program that ends at once, the end belongs to the start.
        if (number == 0 && first_calls_ <= kMostCallsOfStart) memory_.tell_start_pages(image_);
        return finish();
    }
  }
  slot.in_guest = false;
}

// The first call asks for what the program is started with; when the next one comes, it has started.
CallOutcome Monitor::serve(uint32_t number, kernel::Exchange& exchange) {
  constexpr uint32_t kStarted = 2;
  if (number == 0 && first_calls_ <= kMostCallsOfStart && ++first_calls_ == kStarted)
    memory_.tell_start_pages(image_);
  return services().serve(number, exchange);
}

void Monitor::kick(Slot& slot) {
  // By number: the std::thread object may be in the hands of another thread that starts or joins it.
  syscall(SYS_tgkill, getpid(), slot.thread_id.load(), kKickSignal);
  const timespec pause{0, 20'000};
  nanosleep(&pause, nullptr);
}

// From the slot's own thread, which does not enter the guest again.
void Monitor::leave_and_stop(Slot& slot, std::string reason) {
  slot.in_guest = false;
  stop(std::move(reason));
}

void Monitor::stop_all() {
  for (Slot& slot : slots_)
    while (slot.in_guest) kick(slot);
}

}  // namespace strongroom::tee::vm
