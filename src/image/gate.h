// The code of one gate: what stands in place of a rewritten system call site.
//
//     <instructions from before the syscall>
//     lea  resume(%rip), %rcx       the return address, where `syscall` puts it
//     jmp  strongroom_gate_syscall
//   resume:
//     <instructions from after the syscall>
//     jmp  <the instruction after the window>
//
// Where nothing follows the syscall in the window, %rcx is the program's own next instruction, and the last
// two lines fall away. Only jmp, lea and mov are added: flags, stack and red zone stay as they are. %rcx is
// free: `syscall` overwrites it. For `cpuid` it is %rbx and strongroom_gate_cpuid.
#pragma once

#include "image/instruction.h"
#include "image/rewrite.h"

namespace strongroom::image {

class GateBuilder {
 public:
  // `site`: the program address that will jump here. `position`: of this gate in the gates.
  GateBuilder(uint64_t site, uint64_t position);

  // The next instruction of the window, whose bytes are `code`; the `syscall` or `cpuid` itself among them.
  void add(const Instruction& instruction, ByteView code);
  // Ends the gate with the way back to `after`, the program address behind the window.
  GateCode finish(uint64_t after);

 private:
  void put_call(const Instruction& instruction);
  void put_bytes(std::initializer_list<uint8_t> bytes);
  void put_reference(GateCode::Target to, uint64_t address);

  GateCode gate_;
  std::optional<size_t> return_reference_;  // of the lea, among the references
  bool after_call_ = false;                 // an instruction from after the call has been added
  bool ended_ = false;                      // the last one never falls through
};

}  // namespace strongroom::image
