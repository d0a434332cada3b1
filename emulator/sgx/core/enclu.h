// ENCLU and asynchronous exits: what happens at the border of enclave mode, and what enclaves ask of the
// processor. Intel SDM volume 3D, chapter "SGX Instruction References", pseudocode of each leaf, and chapter
// "Asynchronous Enclave Exit and Enclave Execution Flow".
#pragma once

#include <optional>

#include "core/cpu.h"

namespace strongroom::sgx {

inline constexpr uint64_t kEncluSize = 3;  // 0F 01 D7

// Executes the ENCLU at RIP: the leaf in EAX. On success RIP is where execution goes on. On a fault nothing
// has changed, and the caller delivers it: in enclave mode by exit_asynchronously().
std::optional<Fault> enclu(Execution& execution);

// An interrupt or exception in enclave mode: saves the enclave's state in its SSA frame, and leaves the
// synthetic state that the host sees, with RIP at the AEP. `fault` is what the enclave is told in
// EXITINFO; none for an interrupt. Registers are those at the interruption: for #BP, RIP after it.
void exit_asynchronously(Execution& execution, const std::optional<Fault>& fault);

// Whether the EPCM lets the enclave that executes reach `page` at `address` so; called for each memory access
// inside the enclave's range. `page` is what translate() gave, null for ordinary memory.
std::optional<Fault> check_access(const Cpu& cpu, const EpcPage* page, uint64_t address, Access access);

// The address that the host's kernel is told of a page fault: that of the page.
constexpr uint64_t visible_address(uint64_t address) {
  return address & ~(arch::kPageSize - 1);
}

}  // namespace strongroom::sgx
