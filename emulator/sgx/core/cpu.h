// The state of one logical processor, as far as SGX's instructions read or write it; and the memory it sees.
#pragma once

#include <array>
#include <span>

#include "core/epc.h"
#include "core/fault.h"
#include "core/processor.h"

namespace strongroom::sgx {

// RFLAGS.
enum Flags : uint64_t {
  kFlagCarry = 1u << 0,
  kFlagParity = 1u << 2,
  kFlagAdjust = 1u << 4,
  kFlagZero = 1u << 6,
  kFlagSign = 1u << 7,
  kFlagTrap = 1u << 8,
  kFlagDirection = 1u << 10,
  kFlagOverflow = 1u << 11,
  kFlagNestedTask = 1u << 14,
  kFlagResume = 1u << 16,
  kFlagAlignmentCheck = 1u << 18,
  kFlagId = 1u << 21,
};
inline constexpr uint64_t kFlagsArithmetic =
    kFlagCarry | kFlagParity | kFlagAdjust | kFlagZero | kFlagSign | kFlagOverflow;

// In the order of GPRSGX.
struct Registers {
  uint64_t rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t rflags;
  uint64_t rip;

  bool operator==(const Registers&) const = default;
};
static_assert(sizeof(Registers) == offsetof(arch::Gprsgx, host_rsp));

// The SSA frame that an asynchronous exit will write to. The processor finds its pages at entry and keeps
// them: what happens to their mappings afterwards does not matter.
struct SaveFrame {
  std::array<EpcPage*, kXsaveMaximumSize / arch::kPageSize + 1> xsave_pages{};
  EpcPage* last_page = nullptr;  // that of GPRSGX and of MISC

  [[nodiscard]] arch::Gprsgx& gprsgx() const;
  [[nodiscard]] arch::Exinfo& exinfo() const;
};

// What a processor keeps while it executes in an enclave.
struct EnclaveMode {
  EpcPage* secs = nullptr;  // CR_ACTIVE_SECS; none: not in enclave mode
  EpcPage* tcs = nullptr;
  uint64_t tcs_address = 0;
  SaveFrame frame;
  uint64_t entered_in = 0;  // Tracking::epoch
  // Of the host, to be put back by EEXIT and asynchronous exits.
  uint64_t fs_base = 0;
  uint64_t gs_base = 0;
  uint64_t xcr0 = 0;
  bool trap_flag = false;

  [[nodiscard]] bool active() const { return secs != nullptr; }
  [[nodiscard]] Enclave& enclave() const { return *secs->enclave; }
};

// A logical processor in 64-bit mode, at privilege level 3.
struct Cpu {
  Registers registers{};
  uint64_t fs_base = 0;
  uint64_t gs_base = 0;
  uint64_t xcr0 = arch::kXfrmLegacy;
  // The extended state, in XSAVE's standard form; needed by ERESUME and asynchronous exits only.
  std::span<uint8_t> extended;
  EnclaveMode mode;
};

// The linear addresses that the processor can reach.
class AddressSpace {
 public:
  virtual ~AddressSpace() = default;
  // The EPC page that stands at the page of `address`; null where it is ordinary memory; or the fault that
  // paging raises.
  virtual tl::expected<EpcPage*, Fault> translate(uint64_t address, Access access) = 0;
};

// All that an instruction works on.
struct Execution {
  const Processor& processor;
  Cpu& cpu;
  AddressSpace& memory;
};

}  // namespace strongroom::sgx
