// The backend "vm": see launch.h for what it does and docs/threat-model.md for what it keeps out.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "tee/confine.h"
#include "tee/launch.h"
#include "tee/system_call_filter.h"
#include "tee/vm/monitor.h"

namespace strongroom::tee {
using namespace vm;

Result<EnclaveEnd> run_in_vm(const PreparedImage& image, const LaunchRequest& request, Streams streams,
                             const LaunchObserver& observer) {
  std::vector<std::string> missing;
  const Bytes start_block = TRY(make_start_block(request));
  VirtualMachine machine = TRY(VirtualMachine::create());
  const uint64_t base = choose_base(image.view.header().enclave_size);
  const KernelEntries entries{
      .start = base + TRY(image.view.kernel_function("strongroom_entry_vm")),
      .trapped_syscall = base + TRY(image.view.kernel_function("strongroom_gate_trapped_syscall")),
      .exception = base + TRY(image.view.kernel_function("strongroom_entry_vm_exception")),
  };
  auto cpuid = guest_cpuid(TRY(machine.supported_cpuid()));
  GuestMemory memory = TRY(GuestMemory::load(machine, image, base, missing));
  memory.publish_cpuid(cpuid);
  if (request.strict && !missing.empty())
    return fail(ErrorCode::kUnsupported, "--strict: " + missing.front());
  std::memcpy(memory.exchange(0).payload, start_block.data(), start_block.size());
  if (!limit_process(0) || !become_user(user_of(getpid())) || !forbid_files())
    return fail_errno("cannot confine the monitor", errno);
  TRY(apply_filter(HolderRole::kMonitor));
  // Never freed: see Monitor::run.
  auto* monitor =
      new Monitor(std::move(machine), std::move(memory), image, base, entries, std::move(cpuid), streams);
  watch_kill_switch(observer.kill_switch, [monitor] { monitor->stop("killed by the application"); });
  if (observer.started) observer.started(getpid(), missing);
  EnclaveEnd end = monitor->run();
  TRY(monitor->memory().flush());
  return end;
}

}  // namespace strongroom::tee
