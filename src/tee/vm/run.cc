// The backend "vm": see launch.h for what it does and docs/threat-model.md for what it keeps out.
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "tee/confine.h"
#include "tee/launch.h"
#include "tee/system_call_filter.h"
#include "tee/vm/beside.h"
#include "tee/vm/cpuid.h"
#include "tee/vm/monitor.h"

namespace strongroom::tee {
using namespace vm;

namespace {

class VmEnclave : public ReadyEnclave {
 public:
  // The monitor is never freed: see Monitor::wait().
  VmEnclave(Monitor* monitor, std::vector<std::string> missing)
      : monitor_(monitor), missing_(std::move(missing)) {}

  Result<void> warm_up() override {
    if (monitor_->services().wait_until_warm()) return {};
    return fail(ErrorCode::kInternal, monitor_->services().end().message);
  }

  Result<EnclaveEnd> run(const LaunchRequest& request, Streams streams,
                         const LaunchObserver& observer) override {
    if (request.strict && !missing_.empty())
      return fail(ErrorCode::kUnsupported, "--strict: " + missing_.front());
    Bytes start_block = TRY(make_start_block(request));
    TRY(apply_filter(request.debug ? HolderRole::kDebuggedMonitor : HolderRole::kMonitor));
    watch_kill_switches(observer.kill_switches,
                        [monitor = monitor_] { monitor->stop("killed by the application"); });
    if (observer.started) observer.started(getpid(), missing_);
    monitor_->services().start(std::move(start_block), streams);
    EnclaveEnd end = monitor_->wait();
    TRY(monitor_->memory().flush());
    return end;
  }

 private:
  Monitor* monitor_;
  std::vector<std::string> missing_;
};

}  // namespace

Result<std::unique_ptr<ReadyEnclave>> make_ready_in_vm(const PreparedImage& image,
                                                       const LaunchRequest& request) {
  std::vector<std::string> missing;
  const uint64_t base = choose_base(image.view.header().enclave_size);
  const KernelEntries entries{
      .start = base + TRY(Result<uint64_t>(image.places.vm_entry)),
      .trapped_syscall = base + TRY(Result<uint64_t>(image.places.vm_trapped_syscall)),
      .exception = base + TRY(Result<uint64_t>(image.places.vm_exception)),
  };
  std::vector<kvm_cpuid_entry2> cpuid = TRY(own_guest_cpuid());
  // What takes no virtual machine is done while KVM makes one. The thread is gone before the process is
  // confined.
  GuestMemory memory = TRY(GuestMemory::create(image, request));
  Beside laying_out([&] { return memory.lay_out(image, base); });
  // Of a debug enclave nothing is protected, and debuggers want to see its memory.
  VirtualMachine machine = TRY(VirtualMachine::create(!request.debug));
  VirtualProcessor first = TRY_IN("cannot start a virtual processor", make_processor(machine, 0, cpuid));
  TRY(memory.load(machine, image, request.debug, missing));
  TRY(laying_out.wait());
  memory.exchange(0).arguments[0] = request.call_area_size / arch::kPageSize;
  memory.publish_cpuid(cpuid);
  const uint64_t launch_secret = TRY(Result<uint64_t>(image.places.launch_secret));
  memory.finish_loading(launch_secret, request.keeper);
  if (memory.is_private()) {
    const arch::ImageHeader& header = image.view.header();
    for (uint32_t slot = 0; slot < header.thread_count; ++slot)
      write_ring0(memory, slot, entries, thread_area_of(header, base, slot));
    TRY(memory.enter_private_memory(machine, first, image, launch_secret));
  }
  std::optional<debug::DebugSocket> socket;
  if (request.debug) socket = TRY(debug::create_debug_socket(base));
  if (!limit_process(0) || !become_user(user_of(getpid())) || !forbid_outside())
    return fail_errno("cannot confine the monitor", errno);
  // Whoever may attach to a process finds the debug socket of this one.
  if (request.debug && prctl(PR_SET_DUMPABLE, 1) != 0) return fail_errno("cannot let debuggers in", errno);
  auto* monitor = new Monitor(std::move(machine), std::move(memory), std::move(first), image, base, entries,
                              std::move(cpuid));
  if (socket) TRY(monitor->serve_debuggers(std::move(*socket), request.wait_for_debugger));
  monitor->enter();
  return std::make_unique<VmEnclave>(monitor, std::move(missing));
}

}  // namespace strongroom::tee
