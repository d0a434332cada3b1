// Where in memory an instruction reads or writes, found without branches and without memory accesses that
// depend on the instruction or on registers: who watches this code learns nothing of them.
//
// It is for bringing pages near (sgx_notice.h), so it may err: displacements of EVEX instructions are taken
// as those of full vectors, an address relative to RIP is up to 8 bytes too low, and of gathers and scatters
// it knows no element.
#pragma once

#include <cstdint>

namespace strongroom::kernel::port::sgx {

inline constexpr unsigned kLongestInstruction = 15;

struct Operands {
  // Zero where there is none: the memory operand, or what a string instruction, LEAVE or XLAT reads; and what
  // a string instruction writes. Stacks of calls, returns, pushes and pops are not among them.
  uint64_t first;
  uint64_t second;
};

// `code`: the instruction, or its bytes up to the end of its page and zeros after that. `registers`: RAX,
// RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15. Intel SDM volume 2, chapter 2 "Instruction Format" and
// appendix A "Opcode Map".
Operands find_operands(const uint8_t (&code)[16], const uint64_t* registers, uint64_t rip, uint64_t fs_base,
                       uint64_t gs_base);

}  // namespace strongroom::kernel::port::sgx
