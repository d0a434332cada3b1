#include "core/enclu.h"

#include "core/enclu_leaf.h"

namespace strongroom::sgx {
namespace {

using arch::Enclu;

bool belongs_to_sgx2(Enclu leaf) {
  return leaf == Enclu::kEaccept || leaf == Enclu::kEmodpe || leaf == Enclu::kEacceptcopy;
}

Outcome run_leaf(Execution& execution, Enclu leaf) {
  const bool enters = leaf == Enclu::kEenter || leaf == Enclu::kEresume;
  if (enters == execution.cpu.mode.active()) return general_protection();
  if (belongs_to_sgx2(leaf) && !execution.processor.sgx2) return general_protection();
  switch (leaf) {
    case Enclu::kEreport:
      return ereport(execution);
    case Enclu::kEgetkey:
      return egetkey(execution);
    case Enclu::kEenter:
      return eenter(execution);
    case Enclu::kEresume:
      return eresume(execution);
    case Enclu::kEexit:
      return eexit(execution);
    case Enclu::kEaccept:
      return eaccept(execution);
    case Enclu::kEmodpe:
      return emodpe(execution);
    case Enclu::kEacceptcopy:
      return eacceptcopy(execution);
    case Enclu::kEdeccssa:
      return edeccssa(execution);
    default:
      return general_protection();
  }
}

bool has_status(Enclu leaf) {
  return leaf == Enclu::kEgetkey || leaf == Enclu::kEaccept || leaf == Enclu::kEacceptcopy;
}
// Whether the leaf leaves RIP where execution goes on.
bool jumps(Enclu leaf) {
  return leaf == Enclu::kEenter || leaf == Enclu::kEresume || leaf == Enclu::kEexit;
}

void set_status(Registers& registers, arch::LeafStatus status) {
  registers.rax = static_cast<uint64_t>(status);
  registers.rflags &= ~kFlagsArithmetic;
  if (status != arch::LeafStatus::kSuccess) registers.rflags |= kFlagZero;
}

}  // namespace

std::optional<Fault> enclu(Execution& execution) {
  const auto leaf = static_cast<Enclu>(static_cast<uint32_t>(execution.cpu.registers.rax));
  const Outcome outcome = run_leaf(execution, leaf);
  if (!outcome) return outcome.error();
  if (has_status(leaf)) set_status(execution.cpu.registers, *outcome);
  if (!jumps(leaf)) execution.cpu.registers.rip += kEncluSize;
  return {};
}

}  // namespace strongroom::sgx
