#include "preload/machine.h"

#include <cstring>

#include "preload/stepping.h"

namespace strongroom::sgx {
namespace {

constexpr uint32_t kExtendedMagic = 0x46505853;  // FP_XSTATE_MAGIC1

void count(std::atomic<uint64_t>& transitions) {
  transitions.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

std::span<uint8_t> extended_state(ucontext_t& context) {
  auto* const state = reinterpret_cast<uint8_t*>(context.uc_mcontext.fpregs);
  uint32_t magic = 0;
  uint32_t size = 0;
  std::memcpy(&magic, state + 464, sizeof(magic));
  std::memcpy(&size, state + 464 + 16, sizeof(size));  // xstate_size
  return {state, magic == kExtendedMagic ? size : kXsaveMinimumSize};
}

std::optional<Fault> execute_enclu(Execution& execution) {
  using arch::Enclu;
  const auto leaf = static_cast<Enclu>(static_cast<uint32_t>(execution.cpu.registers.rax));
  const std::optional<Fault> fault = enclu(execution);
  if (fault) {
    if (execution.cpu.mode.active()) leave_asynchronously(execution, fault);
    return fault;
  }
  if (leaf == Enclu::kEenter || leaf == Enclu::kEresume || leaf == Enclu::kEexit)
    allow_timestamp(leaf == Enclu::kEexit);
  if (leaf == Enclu::kEenter) count(strongroom_sgx_transitions.entries);
  if (leaf == Enclu::kEresume) count(strongroom_sgx_transitions.resumptions);
  if (leaf == Enclu::kEexit) count(strongroom_sgx_transitions.exits);
  return fault;
}

void leave_asynchronously(Execution& execution, const std::optional<Fault>& fault) {
  count(strongroom_sgx_transitions.asynchronous_exits);
  exit_asynchronously(execution, fault);
  allow_timestamp(true);
}

std::optional<Fault> resolve_page_fault(ThreadRecord& record, uint64_t address, uint64_t hardware_code) {
  const Access access = (hardware_code & kFaultFetch) != 0   ? Access::kExecute
                        : (hardware_code & kFaultWrite) != 0 ? Access::kWrite
                                                             : Access::kRead;
  if (!record.cpu.mode.enclave().contains(address))
    return Fault{arch::ExceptionVector::kPageFault, static_cast<uint32_t>(hardware_code) & 0x1f, address};
  Device& device = *find_device_at(address);
  const auto page = device.fault_in(address, access);
  if (!page) return page.error();
  if (const auto refused = check_access(record.cpu, *page, address, access)) return refused;
  const uint64_t at = visible_address(address);
  device.apply_protection(at, at + arch::kPageSize);
  return {};
}

}  // namespace strongroom::sgx
