// The decoder without branches against Zydis: over all of this program's own code, with random registers.
#include "kernel/port/sgx_operand.h"

#include <Zydis/Zydis.h>
#include <elf.h>
#include <gtest/gtest.h>
#include <link.h>

#include <cstring>
#include <random>
#include <span>

namespace strongroom::kernel::port::sgx {
namespace {

constexpr uint64_t kRip = 0x7000'1234'0000, kFs = 0x1'0000'0000'0000, kGs = 0x2'0000'0000'0000;

struct Decoder {
  Decoder() { ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64); }
  ZydisDecoder decoder;
  ZydisDecodedInstruction instruction;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

  bool decode(std::span<const uint8_t> code) {
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code.data(), code.size(), &instruction, operands));
  }
};

uint64_t value_of(ZydisRegister name, const uint64_t (&registers)[16]) {
  if (name == ZYDIS_REGISTER_NONE) return 0;
  if (name == ZYDIS_REGISTER_RIP) return kRip;
  const auto number = ZydisRegisterGetId(ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name));
  return registers[number];
}

// The explicit operand in memory that is accessed, as Zydis has it; nothing where it is of a kind that
// find_operands() says it may err in, or is not one of ModR/M.
std::optional<uint64_t> expected(const Decoder& decoder, const uint64_t (&registers)[16]) {
  for (unsigned i = 0; i < decoder.instruction.operand_count_visible; ++i) {
    const ZydisDecodedOperand& operand = decoder.operands[i];
    if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
    if (operand.mem.type != ZYDIS_MEMOP_TYPE_MEM || operand.encoding != ZYDIS_OPERAND_ENCODING_MODRM_RM)
      return {};
    const ZydisInstructionCategory category = decoder.instruction.meta.category;
    if (category == ZYDIS_CATEGORY_NOP || category == ZYDIS_CATEGORY_WIDENOP ||
        category == ZYDIS_CATEGORY_PREFETCH)
      return {};
    uint64_t address = value_of(operand.mem.base, registers) +
                       value_of(operand.mem.index, registers) * operand.mem.scale +
                       static_cast<uint64_t>(operand.mem.disp.value);
    if (operand.mem.base == ZYDIS_REGISTER_RIP) address += decoder.instruction.length;
    if (operand.mem.segment == ZYDIS_REGISTER_FS) address += kFs;
    if (operand.mem.segment == ZYDIS_REGISTER_GS) address += kGs;
    return address;
  }
  return {};
}

Operands operands_of(std::span<const uint8_t> code, const uint64_t (&registers)[16]) {
  uint8_t bytes[16] = {};
  std::memcpy(bytes, code.data(), std::min<size_t>(code.size(), kLongestInstruction));
  return find_operands(bytes, registers, kRip, kFs, kGs);
}

// The executable segments of the program and its libraries, the C library's vector instructions among them.
std::vector<std::span<const uint8_t>> own_code() {
  std::vector<std::span<const uint8_t>> out;
  dl_iterate_phdr(
      [](dl_phdr_info* module, size_t, void* found) {
        for (unsigned i = 0; i < module->dlpi_phnum; ++i) {
          const ElfW(Phdr)& segment = module->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 || (segment.p_flags & PF_R) == 0)
            continue;
          const auto* const begin = reinterpret_cast<const uint8_t*>(module->dlpi_addr + segment.p_vaddr);
          static_cast<decltype(out)*>(found)->emplace_back(begin, segment.p_memsz);
        }
        return 0;
      },
      &out);
  return out;
}

TEST(Operand, IsWhatZydisSaysForEveryInstructionOfThisProgramAndItsLibraries) {
  std::mt19937_64 random(1);
  Decoder decoder;
  size_t compared = 0, wrong = 0;
  for (std::span<const uint8_t> code : own_code()) {
    code = code.first(std::min<size_t>(code.size(), size_t{1} << 20));
    while (code.size() >= kLongestInstruction) {
      if (!decoder.decode(code)) {
        code = code.subspan(1);
        continue;
      }
      const auto instruction = code.first(decoder.instruction.length);
      code = code.subspan(decoder.instruction.length);
      if (decoder.instruction.address_width != 64 ||
          decoder.instruction.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX)
        continue;
      uint64_t registers[16];
      for (uint64_t& value : registers) value = random();
      const auto address = expected(decoder, registers);
      if (!address) continue;
      ++compared;
      const uint64_t found = operands_of(instruction, registers).first;
      if (*address - found <= 8) continue;
      if (++wrong > 10) continue;
      std::string text;
      for (const uint8_t byte : instruction) text += " " + std::to_string(byte);
      ADD_FAILURE() << ZydisMnemonicGetString(decoder.instruction.mnemonic) << ":" << text;
    }
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(compared, 10'000u);
}

TEST(Operand, OfInstructionsWithoutAccessIsNone) {
  uint64_t registers[16];
  for (uint64_t& value : registers) value = 0x1234'5678;
  const std::vector<std::vector<uint8_t>> kCases = {{0x90},                          // nop
                                                    {0x48, 0x8d, 0x04, 0x08},        // lea (%rax,%rcx), %rax
                                                    {0x0f, 0x1f, 0x40, 0x00},        // nopl 0(%rax)
                                                    {0x48, 0x89, 0xc8},              // mov %rcx, %rax
                                                    {0xc5, 0xf8, 0x77},              // vzeroupper
                                                    {0xe8, 0x00, 0x00, 0x00, 0x00},  // call
                                                    {0xf3, 0x0f, 0x1e, 0xfa},        // endbr64
                                                    {0x0f, 0xa2}};                   // cpuid
  for (const auto& code : kCases) {
    const Operands found = operands_of(code, registers);
    EXPECT_EQ(found.first, 0u) << static_cast<unsigned>(code[0]);
    EXPECT_EQ(found.second, 0u) << static_cast<unsigned>(code[0]);
  }
}

TEST(Operand, OfStringInstructionsIsWhereTheyReadAndWhereTheyWrite) {
  uint64_t registers[16] = {};
  registers[0] = 0x1ff;
  registers[3] = 0x3000;
  registers[5] = 0x5000;
  registers[6] = 0x6000;
  registers[7] = 0x7000;
  const auto pair = [&](std::vector<uint8_t> code) {
    const Operands found = operands_of(code, registers);
    return std::pair(found.first, found.second);
  };
  EXPECT_EQ(pair({0xf3, 0x48, 0xa5}), std::pair(uint64_t{0x6000}, uint64_t{0x7000})) << "rep movsq";
  EXPECT_EQ(pair({0xf3, 0xaa}), std::pair(uint64_t{0}, uint64_t{0x7000})) << "rep stosb";
  EXPECT_EQ(pair({0xac}), std::pair(uint64_t{0x6000}, uint64_t{0})) << "lodsb";
  EXPECT_EQ(pair({0xc9}), std::pair(uint64_t{0x5000}, uint64_t{0})) << "leave";
  EXPECT_EQ(pair({0xd7}), std::pair(uint64_t{0x30ff}, uint64_t{0})) << "xlat";
}

// vmovups 0x40(%rax), %zmm0: the displacement counts in vectors.
TEST(Operand, OfEvexHasItsDisplacementInVectors) {
  uint64_t registers[16] = {0x10000};
  EXPECT_EQ(operands_of(std::vector<uint8_t>{0x62, 0xf1, 0x7c, 0x48, 0x10, 0x40, 0x01}, registers).first,
            0x10040u);
}

// mov (%rax), %eax, and far behind it a byte that would be a REX prefix before it.
TEST(Operand, DependsOnNothingBeforeTheInstruction) {
  uint8_t code[16] = {0x8b, 0x00};
  code[15] = 0x41;
  const uint64_t registers[16] = {0x1000, 0, 0, 0, 0, 0, 0, 0, 0x8000};
  EXPECT_EQ(find_operands(code, registers, kRip, kFs, kGs).first, 0x1000u);
}

// Whatever the bytes are.
TEST(Operand, IsFoundInAnyBytes) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 100'000; ++i) {
    uint8_t bytes[16];
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    const uint64_t registers[16] = {};
    find_operands(bytes, registers, kRip, kFs, kGs);
  }
}

}  // namespace
}  // namespace strongroom::kernel::port::sgx
