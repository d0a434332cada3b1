#include "kernel/port/sgx_exception.h"

namespace strongroom::kernel::port::sgx {
namespace {

using arch::ExceptionVector;

// What the processor reports of one vector: as a fault of the hardware, or of software (Intel SDM volume 3D,
// table "Exception Vectors"). #DB is not among them: no debugger has opted in.
struct Rule {
  ExceptionVector vector;
  arch::ExitType type;
};
constexpr Rule kRules[] = {
    {ExceptionVector::kDivideError, arch::ExitType::kHardwareException},
    {ExceptionVector::kBreakpoint, arch::ExitType::kSoftwareException},
    {ExceptionVector::kBoundRange, arch::ExitType::kHardwareException},
    {ExceptionVector::kInvalidOpcode, arch::ExitType::kHardwareException},
    {ExceptionVector::kGeneralProtection, arch::ExitType::kHardwareException},
    {ExceptionVector::kPageFault, arch::ExitType::kHardwareException},
    {ExceptionVector::kX87, arch::ExitType::kHardwareException},
    {ExceptionVector::kAlignmentCheck, arch::ExitType::kHardwareException},
    {ExceptionVector::kSimd, arch::ExitType::kHardwareException},
};

bool agrees(uint32_t exit_info, uint64_t claimed) {
  if ((exit_info & arch::kExitInfoValid) == 0) return false;  // an interrupt: nothing to handle
  const uint32_t vector = exit_info & arch::kExitInfoVectorMask;
  const uint32_t type = (exit_info & arch::kExitInfoTypeMask) >> arch::kExitInfoTypeShift;
  if (claimed != vector) return false;
  for (const Rule& rule : kRules)
    if (static_cast<uint32_t>(rule.vector) == vector) return static_cast<uint32_t>(rule.type) == type;
  return false;
}

bool inside(uint64_t address, uint64_t begin, uint64_t end) {
  return address >= begin && address < end;
}

}  // namespace

bool take_exception(const arch::Gprsgx& registers, const arch::Exinfo& information, uint64_t vector,
                    const Place& place, TrapFrame& frame) {
  if (!agrees(registers.exit_info, vector)) return false;
  const bool page_fault = vector == static_cast<uint64_t>(ExceptionVector::kPageFault);
  const bool protection = vector == static_cast<uint64_t>(ExceptionVector::kGeneralProtection);
  const bool in_kernel = inside(registers.rip, place.kernel_begin, place.kernel_end);
  // In the kernel a fault is in its plan only where it touches memory that may not be there yet, and where it
  // hands the program's words to the processor.
  const bool planned = (page_fault && inside(information.address, place.memory_begin, place.memory_end)) ||
                       (protection && registers.rip == place.enclu);
  if (in_kernel && !planned) return false;
  frame = {.r15 = registers.r15,
           .r14 = registers.r14,
           .r13 = registers.r13,
           .r12 = registers.r12,
           .r11 = registers.r11,
           .r10 = registers.r10,
           .r9 = registers.r9,
           .r8 = registers.r8,
           .rbp = registers.rbp,
           .rdi = registers.rdi,
           .rsi = registers.rsi,
           .rdx = registers.rdx,
           .rcx = registers.rcx,
           .rbx = registers.rbx,
           .rax = registers.rax,
           .cause = static_cast<TrapCause>(vector),
           .error = page_fault || protection ? information.error_code : 0,
           .address = page_fault ? information.address : 0,
           .rip = registers.rip,
           .rflags = registers.rflags,
           .rsp = registers.rsp};
  // INT3 is a trap elsewhere, and a fault in an enclave.
  if (frame.cause == TrapCause::kBreakpoint) frame.rip += 1;
  // A jump out of the enclave is a general protection fault at its target.
  if (protection && !inside(registers.rip, place.enclave_begin, place.enclave_end)) {
    frame.cause = TrapCause::kPageFault;
    frame.error = kFaultFetch;
    frame.address = registers.rip;
  }
  return true;
}

}  // namespace strongroom::kernel::port::sgx
