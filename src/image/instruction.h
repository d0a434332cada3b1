// One decoded x86-64 instruction, with what rewriting and inspection ask about it. Decoding is Zydis's.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"

namespace strongroom::image {

enum class BranchKind : uint8_t {
  kNone,
  kCall,         // direct or indirect
  kJump,         // unconditional
  kConditional,  // jcc with a rel8 or rel32 operand
  kCounted,      // loop, jrcxz: rel8 alone
  kReturn,
};

struct Instruction {
  uint64_t address = 0;
  uint8_t length = 0;
  BranchKind branch = BranchKind::kNone;
  uint8_t condition = 0;  // of kConditional: the low 4 bits of its opcode
  bool is_syscall = false;
  bool is_cpuid = false;
  bool is_lea = false;
  bool is_far = false;                    // a branch that loads CS
  bool loads_segment = false;             // `mov` or `pop` to DS, ES, FS, GS or SS
  std::optional<uint64_t> target;         // of a direct branch
  std::optional<uint64_t> rip_reference;  // the address that a RIP-relative operand names
  uint8_t displacement_position = 0;      // of a RIP-relative operand's 4 bytes
  std::optional<uint32_t> sets_eax;       // `mov imm32,%eax` and its zero-extending kin: the value
  std::string_view mnemonic;              // Zydis's, lower case; static storage

  [[nodiscard]] uint64_t end() const { return address + length; }
  [[nodiscard]] bool indirect_jump() const { return branch == BranchKind::kJump && !target; }
};

// A decoder in 64-bit mode. Cheap to make; not thread safe.
class Disassembler {
 public:
  Disassembler();
  ~Disassembler();

  // The instruction at the start of `code`, which stands at `address`; nothing where there is none.
  [[nodiscard]] std::optional<Instruction> decode(ByteView code, uint64_t address) const;

  // Whether the instruction at the start of `code` does the same wherever it stands, as part of a gate:
  // general-purpose moves, arithmetic, logic and comparisons that leave the stack pointer alone. A
  // RIP-relative operand is allowed; whoever moves the instruction corrects it.
  [[nodiscard]] bool is_movable(ByteView code) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The name of an instruction that traps in some TEE or is illegal there ("cpuid", "rdtsc", "in", "int", "far
// call", "mov to segment"), or nothing. Intel SDM volume 3D, table "Illegal Instructions Inside an Enclave";
// `syscall` is not among them, it has its own list.
std::optional<std::string_view> sensitive_instruction(const Instruction& instruction);

}  // namespace strongroom::image
