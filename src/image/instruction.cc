#include "image/instruction.h"

#include <Zydis/Zydis.h>

#include <algorithm>
#include <iterator>

namespace strongroom::image {
namespace {

constexpr ZydisMnemonic kMovable[] = {
    ZYDIS_MNEMONIC_MOV,    ZYDIS_MNEMONIC_MOVZX, ZYDIS_MNEMONIC_MOVSX, ZYDIS_MNEMONIC_MOVSXD,
    ZYDIS_MNEMONIC_LEA,    ZYDIS_MNEMONIC_XOR,   ZYDIS_MNEMONIC_OR,    ZYDIS_MNEMONIC_AND,
    ZYDIS_MNEMONIC_NOT,    ZYDIS_MNEMONIC_NEG,   ZYDIS_MNEMONIC_ADD,   ZYDIS_MNEMONIC_SUB,
    ZYDIS_MNEMONIC_INC,    ZYDIS_MNEMONIC_DEC,   ZYDIS_MNEMONIC_CMP,   ZYDIS_MNEMONIC_TEST,
    ZYDIS_MNEMONIC_SHL,    ZYDIS_MNEMONIC_SHR,   ZYDIS_MNEMONIC_SAR,   ZYDIS_MNEMONIC_CDQE,
    ZYDIS_MNEMONIC_CDQ,    ZYDIS_MNEMONIC_CQO,   ZYDIS_MNEMONIC_NOP,   ZYDIS_MNEMONIC_CMOVZ,
    ZYDIS_MNEMONIC_CMOVNZ,
};

BranchKind branch_kind(const ZydisDecodedInstruction& raw) {
  switch (raw.meta.category) {
    case ZYDIS_CATEGORY_CALL:
      return BranchKind::kCall;
    case ZYDIS_CATEGORY_RET:
      return BranchKind::kReturn;
    case ZYDIS_CATEGORY_UNCOND_BR:
      return BranchKind::kJump;
    case ZYDIS_CATEGORY_COND_BR:
      return raw.opcode_map == ZYDIS_OPCODE_MAP_0F || (raw.opcode & 0xf0) == 0x70 ? BranchKind::kConditional
                                                                                  : BranchKind::kCounted;
    default:
      return BranchKind::kNone;
  }
}

bool is_rip_relative(const ZydisDecodedInstruction& raw) {
  return (raw.attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0 && raw.raw.modrm.mod == 0 && raw.raw.modrm.rm == 5;
}

// b8 imm32, or c7 /0 imm32 into eax (with REX.W only where sign extension changes nothing).
std::optional<uint32_t> value_for_eax(const ZydisDecodedInstruction& raw) {
  if (raw.mnemonic != ZYDIS_MNEMONIC_MOV || raw.raw.imm[0].size != 32 || raw.raw.rex.B != 0)
    return std::nullopt;
  const auto value = static_cast<uint32_t>(raw.raw.imm[0].value.u);
  const bool wide = raw.raw.rex.W != 0;
  if (raw.opcode == 0xb8 && !wide) return value;
  if (raw.opcode == 0xc7 && raw.raw.modrm.mod == 3 && raw.raw.modrm.rm == 0 && raw.raw.modrm.reg == 0 &&
      (!wide || value <= INT32_MAX))
    return value;
  return std::nullopt;
}

// 8e /r is `mov` to a segment register; 0f a1 and 0f a9 are `pop` to FS and GS. 64-bit mode has no others.
bool loads_segment(const ZydisDecodedInstruction& raw) {
  if (raw.mnemonic == ZYDIS_MNEMONIC_MOV)
    return raw.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT && raw.opcode == 0x8e;
  return raw.mnemonic == ZYDIS_MNEMONIC_POP && raw.opcode_map == ZYDIS_OPCODE_MAP_0F;
}

}  // namespace

struct Disassembler::State {
  ZydisDecoder decoder;
};

Disassembler::Disassembler() : state_(std::make_unique<State>()) {
  ZydisDecoderInit(&state_->decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
}

Disassembler::~Disassembler() = default;

std::optional<Instruction> Disassembler::decode(ByteView code, uint64_t address) const {
  ZydisDecodedInstruction raw;
  if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&state_->decoder, nullptr, code.data(), code.size(), &raw)))
    return std::nullopt;
  Instruction out;
  out.address = address;
  out.length = raw.length;
  out.branch = branch_kind(raw);
  out.condition = raw.opcode & 0x0f;
  out.is_syscall = raw.mnemonic == ZYDIS_MNEMONIC_SYSCALL;
  out.is_cpuid = raw.mnemonic == ZYDIS_MNEMONIC_CPUID;
  out.is_lea = raw.mnemonic == ZYDIS_MNEMONIC_LEA;
  out.is_far = raw.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
  out.loads_segment = loads_segment(raw);
  if (raw.raw.imm[0].is_relative != 0) out.target = out.end() + static_cast<uint64_t>(raw.raw.imm[0].value.s);
  if (is_rip_relative(raw)) {
    out.rip_reference = out.end() + static_cast<uint64_t>(raw.raw.disp.value);
    out.displacement_position = raw.raw.disp.offset;
  }
  out.sets_eax = value_for_eax(raw);
  out.mnemonic = ZydisMnemonicGetString(raw.mnemonic);
  return out;
}

bool Disassembler::is_movable(ByteView code) const {
  ZydisDecodedInstruction raw;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  if (ZYAN_FAILED(ZydisDecoderDecodeFull(&state_->decoder, code.data(), code.size(), &raw, operands)))
    return false;
  if (std::find(std::begin(kMovable), std::end(kMovable), raw.mnemonic) == std::end(kMovable)) return false;
  // A prefix that changes the address size would change what RIP-relative means.
  if ((raw.attributes & (ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_ADDRESSSIZE)) != 0) return false;
  for (uint8_t i = 0; i < raw.operand_count; ++i) {
    const ZydisDecodedOperand& operand = operands[i];
    if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
    const ZydisRegisterClass kind = ZydisRegisterGetClass(operand.reg.value);
    if (kind == ZYDIS_REGCLASS_FLAGS) continue;
    if (kind != ZYDIS_REGCLASS_GPR8 && kind != ZYDIS_REGCLASS_GPR16 && kind != ZYDIS_REGCLASS_GPR32 &&
        kind != ZYDIS_REGCLASS_GPR64)
      return false;  // segment, control and debug registers
    const ZydisRegister whole =
        ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, operand.reg.value);
    const bool written = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    if (written && whole == ZYDIS_REGISTER_RSP) return false;
  }
  return true;
}

std::optional<std::string_view> sensitive_instruction(const Instruction& instruction) {
  static constexpr std::string_view kNames[] = {
      "cpuid", "rdtsc",  "rdtscp", "rdpmc",  "in",      "insb",     "insw",    "insd",   "out",  "outsb",
      "outsw", "outsd",  "int",    "into",   "int1",    "sysenter", "sysexit", "sysret", "iret", "iretd",
      "iretq", "getsec", "vmcall", "vmfunc", "vmmcall", "sgdt",     "sidt",    "sldt",   "str",  "smsw",
      "hlt",   "invd",   "wbinvd", "rdmsr",  "wrmsr",   "lgdt",     "lidt",    "lldt",   "ltr",  "lmsw",
      "clts",  "swapgs", "encls",  "xsetbv", "monitor", "mwait",    "invlpg",  "lss",    "lfs",  "lgs"};
  if (instruction.loads_segment) return instruction.mnemonic == "mov" ? "mov to segment" : "pop to segment";
  if (instruction.is_far && instruction.branch == BranchKind::kCall) return "far call";
  if (instruction.is_far && instruction.branch == BranchKind::kJump) return "far jmp";
  if (instruction.is_far && instruction.branch == BranchKind::kReturn &&
      !instruction.mnemonic.starts_with("iret"))
    return "far ret";
  const auto found = std::find(std::begin(kNames), std::end(kNames), instruction.mnemonic);
  if (found == std::end(kNames)) return std::nullopt;
  return *found;
}

}  // namespace strongroom::image
