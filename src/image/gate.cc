#include "image/gate.h"

#include <algorithm>

namespace strongroom::image {
namespace {

constexpr uint8_t kJump = 0xe9;
constexpr uint8_t kInvalid = 0x06;  // no instruction in 64-bit mode: a stray jump to the old syscall faults

void put_little32(std::span<uint8_t> out, uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace

GateBuilder::GateBuilder(uint64_t site, uint64_t position) {
  gate_.site = site;
  gate_.position = position;
}

void GateBuilder::put_bytes(std::initializer_list<uint8_t> bytes) {
  gate_.code.insert(gate_.code.end(), bytes);
}

void GateBuilder::put_reference(GateCode::Target to, uint64_t address) {
  const uint64_t position = gate_.code.size();
  gate_.references.push_back(GateCode::Reference{position, position + 4, to, address});
  gate_.code.resize(position + 4);
}

void GateBuilder::put_call(const Instruction& instruction) {
  constexpr uint8_t kRcx = 0x0d, kRbx = 0x1d;
  return_reference_ = gate_.references.size();
  put_bytes({0x48, 0x8d, instruction.is_cpuid ? kRbx : kRcx});  // lea rel32(%rip),%register
  put_reference(GateCode::Target::kGate, 0);
  put_bytes({kJump});
  put_reference(instruction.is_cpuid ? GateCode::Target::kKernelCpuid : GateCode::Target::kKernelSyscall, 0);
  gate_.references[*return_reference_].address = gate_.code.size();
}

void GateBuilder::add(const Instruction& instruction, ByteView code) {
  if (instruction.is_syscall || instruction.is_cpuid) return put_call(instruction);
  after_call_ = return_reference_.has_value();
  if (instruction.branch == BranchKind::kJump) {
    put_bytes({kJump});
    put_reference(GateCode::Target::kProgram, *instruction.target);
    ended_ = true;
    return;
  }
  if (instruction.branch == BranchKind::kConditional) {
    put_bytes({0x0f, static_cast<uint8_t>(0x80 | instruction.condition)});
    put_reference(GateCode::Target::kProgram, *instruction.target);
    return;
  }
  ended_ = instruction.branch == BranchKind::kReturn;
  const uint64_t begin = gate_.code.size();
  gate_.code.insert(gate_.code.end(), code.begin(), code.end());
  if (instruction.rip_reference)
    gate_.references.push_back(GateCode::Reference{begin + instruction.displacement_position,
                                                   gate_.code.size(), GateCode::Target::kProgram,
                                                   *instruction.rip_reference});
}

GateCode GateBuilder::finish(uint64_t after) {
  if (!after_call_) {
    GateCode::Reference& reference = gate_.references[*return_reference_];
    reference.to = GateCode::Target::kProgram;
    reference.address = after;
  } else if (!ended_) {
    put_bytes({kJump});
    put_reference(GateCode::Target::kProgram, after);
  }
  gate_.end = after;
  return std::move(gate_);
}

Bytes place_gates(const RewritePlan& plan, const GatePlacement& placement) {
  Bytes out;
  for (const GateCode& gate : plan.gates) {
    const uint64_t base = placement.gates + gate.position;
    Bytes code = gate.code;
    for (const GateCode::Reference& reference : gate.references) {
      uint64_t target = 0;
      switch (reference.to) {
        case GateCode::Target::kProgram:
          target = reference.address + placement.program_delta;
          break;
        case GateCode::Target::kKernelSyscall:
          target = placement.syscall_entry;
          break;
        case GateCode::Target::kKernelCpuid:
          target = placement.cpuid_entry;
          break;
        case GateCode::Target::kGate:
          target = base + reference.address;
          break;
      }
      const uint64_t distance = target - (base + reference.next);
      put_little32(std::span(code).subspan(reference.position, 4), static_cast<uint32_t>(distance));
    }
    out.insert(out.end(), code.begin(), code.end());
  }
  return out;
}

void patch_sites(const RewritePlan& plan, const GatePlacement& placement, uint64_t address,
                 std::span<uint8_t> contents) {
  for (const GateCode& gate : plan.gates) {
    if (gate.site < address || gate.site - address >= contents.size()) continue;
    const std::span<uint8_t> bytes = contents.subspan(gate.site - address, gate.end - gate.site);
    std::fill(bytes.begin(), bytes.end(), kInvalid);
    bytes[0] = kJump;
    const uint64_t next = gate.site + placement.program_delta + 5;
    put_little32(bytes.subspan(1, 4), static_cast<uint32_t>(placement.gates + gate.position - next));
  }
}

}  // namespace strongroom::image
