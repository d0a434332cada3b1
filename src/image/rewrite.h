// Rewriting of system call sites: a `syscall` in the program becomes a jump straight into the enclave's
// kernel, so that it costs no trap. So does a `cpuid`, which leaves a virtual machine and an SGX enclave, and
// of which the C library makes some seventy before main. It happens when the image is built, before
// measurement, and depends on the program alone. A site that cannot be rewritten with certainty stays as it
// is: the trap serves it.
#pragma once

#include <string>

#include "image/elf_file.h"

namespace strongroom::image {

struct RewriteSite {
  uint64_t address = 0;  // of the instruction, in the program
  std::string function;  // empty where no symbol covers it
  uint64_t function_offset = 0;
  std::string shape;   // what moved into the gate, for instance "mov; syscall; cmp"
  uint64_t begin = 0;  // the bytes that the jump replaces: [begin, end)
  uint64_t end = 0;
  std::string refusal;  // why it was not rewritten; empty where it was

  [[nodiscard]] bool rewritten() const { return refusal.empty(); }
};

// Machine code that can be placed anywhere: `references` are its rel32 operands.
struct GateCode {
  enum class Target { kProgram, kKernelSyscall, kKernelCpuid, kGate };
  struct Reference {
    uint64_t position;  // of the 4 bytes, in `code`
    uint64_t next;      // where the instruction ends, in `code`: distances count from there
    Target to;
    uint64_t address;  // program address; kernel: unused; gate: position in `code`
  };
  uint64_t site = 0;      // the program address that jumps here
  uint64_t end = 0;       // the program address behind the bytes that the jump replaces
  uint64_t position = 0;  // in the gates
  Bytes code;
  std::vector<Reference> references;
};

struct RewritePlan {
  std::vector<RewriteSite> sites;        // all system calls, ascending by address
  std::vector<RewriteSite> cpuid_sites;  // all `cpuid`, ascending by address
  std::vector<GateCode> gates;           // one for each rewritten site of both, ascending by its address
  uint64_t gates_size = 0;               // bytes
};

// Finds and decides. `program` has passed check_program().
Result<RewritePlan> plan_rewrite(const ElfFile& program);

// Where things stand in the enclave.
struct GatePlacement {
  uint64_t gates;          // offset of the gates
  uint64_t program_delta;  // enclave offset of the program's address 0, modulo 2^64
  uint64_t syscall_entry;  // strongroom_gate_syscall
  uint64_t cpuid_entry;    // strongroom_gate_cpuid
};

// The bytes of the gates range.
Bytes place_gates(const RewritePlan& plan, const GatePlacement& placement);

// Overwrites the sites in `contents`, the bytes of a program segment whose first byte has program address
// `address`.
void patch_sites(const RewritePlan& plan, const GatePlacement& placement, uint64_t address,
                 std::span<uint8_t> contents);

}  // namespace strongroom::image
