#include <cstring>

#include "arch/key.h"
#include "core/enclu_leaf.h"

namespace strongroom::sgx {

Outcome egetkey(Execution& execution) {
  Cpu& cpu = execution.cpu;
  const uint64_t request_address = cpu.registers.rbx;
  const uint64_t out_address = cpu.registers.rcx;
  REFUSE_IF_FAULT(check_operand(cpu, request_address, arch::kKeyRequestAlignment));
  const EpcPage& request_page = *CHECKED(resolve_own(execution, request_address, Access::kRead));
  REFUSE_IF_FAULT(check_operand(cpu, out_address, arch::kKeyAlignment));
  EpcPage& out_page = *CHECKED(resolve_own(execution, out_address, Access::kWrite));

  arch::KeyRequest request;
  std::memcpy(&request, request_page.bytes + request_address % arch::kPageSize, sizeof(request));
  auto key = arch::egetkey(execution.processor.platform, *cpu.mode.enclave().identity, request);
  if (!key) {
    if (key.error() == arch::LeafStatus::kGeneralProtection) return general_protection();
    return key.error();
  }
  std::memcpy(out_page.bytes + out_address % arch::kPageSize, key->data(), key->size());
  wipe(*key);
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
