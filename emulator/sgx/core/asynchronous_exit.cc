#include <algorithm>
#include <cstring>

#include "core/enclu.h"
#include "core/enclu_leaf.h"

namespace strongroom::sgx {
namespace {

using arch::ExceptionVector;

bool has_exinfo(const Enclave& enclave) {
  return (enclave.secs.misc_select & arch::kMiscExinfo) != 0;
}

// Table "Exception Vectors": page faults and general protection faults are told of only with EXINFO.
uint32_t exit_info(const Enclave& enclave, const std::optional<Fault>& fault) {
  if (!fault) return 0;
  const ExceptionVector vector = fault->vector;
  const bool needs_exinfo =
      vector == ExceptionVector::kPageFault || vector == ExceptionVector::kGeneralProtection;
  if ((needs_exinfo && !has_exinfo(enclave)) || vector == ExceptionVector::kControlProtection) return 0;
  const auto type = vector == ExceptionVector::kBreakpoint ? arch::ExitType::kSoftwareException
                                                           : arch::ExitType::kHardwareException;
  return arch::kExitInfoValid | static_cast<uint32_t>(type) << arch::kExitInfoTypeShift |
         static_cast<uint32_t>(vector);
}

void save_exinfo(const Enclave& enclave, const std::optional<Fault>& fault, arch::Exinfo& exinfo) {
  if (!has_exinfo(enclave) || !fault) return;
  if (fault->vector == ExceptionVector::kPageFault)
    exinfo = {.address = fault->address, .error_code = fault->error_code, .reserved = 0};
  if (fault->vector == ExceptionVector::kGeneralProtection)
    exinfo = {.address = 0, .error_code = fault->error_code, .reserved = 0};
}

void save_extended(Execution& execution, const SaveFrame& frame, uint64_t xfrm) {
  const size_t size = execution.processor.xsave.size_of(xfrm);
  std::array<uint8_t, kXsaveMaximumSize> area;
  const auto for_each_page = [&](auto copy) {
    for (size_t i = 0; i * arch::kPageSize < size; ++i)
      copy(frame.xsave_pages[i]->bytes, area.data() + i * arch::kPageSize,
           std::min<size_t>(arch::kPageSize, size - i * arch::kPageSize));
  };
  for_each_page([](uint8_t* page, uint8_t* part, size_t count) { std::memcpy(part, page, count); });
  xsave(execution.processor.xsave, xfrm, execution.cpu.extended, std::span(area).first(size));
  for_each_page([](uint8_t* page, const uint8_t* part, size_t count) { std::memcpy(page, part, count); });
}

// Table "GPR, x87 Synthetic States on Asynchronous Enclave Exit".
Registers synthetic_registers(const Registers& interrupted, const EnclaveMode& mode) {
  Registers out{};
  out.rax = static_cast<uint64_t>(arch::Enclu::kEresume);
  out.rbx = mode.tcs_address;
  out.rcx = mode.tcs->tcs().aep;
  out.rip = out.rcx;
  out.rsp = mode.frame.gprsgx().host_rsp;
  out.rbp = mode.frame.gprsgx().host_rbp;
  out.rflags = interrupted.rflags & ~uint64_t{kFlagsArithmetic | kFlagResume};
  return out;
}

}  // namespace

void exit_asynchronously(Execution& execution, const std::optional<Fault>& fault) {
  Cpu& cpu = execution.cpu;
  const Enclave& enclave = cpu.mode.enclave();
  const uint64_t xfrm = enclave.secs.attributes.xfrm;
  const SaveFrame& frame = cpu.mode.frame;
  arch::Gprsgx& saved = frame.gprsgx();

  save_extended(execution, frame, xfrm);
  xinit(execution.processor.xsave, xfrm, cpu.extended);
  std::memcpy(&saved, &cpu.registers, sizeof(cpu.registers));
  saved.fs_base = cpu.fs_base;
  saved.gs_base = cpu.gs_base;
  saved.exit_info = exit_info(enclave, fault);
  save_exinfo(enclave, fault, frame.exinfo());
  cpu.registers = synthetic_registers(cpu.registers, cpu.mode);
  ++cpu.mode.tcs->tcs().current_ssa_frame;
  leave_mode(cpu);
}

}  // namespace strongroom::sgx
