#include "kernel/port/sgx_operand.h"

#include "kernel/port/sgx_masks.h"

namespace strongroom::kernel::port::sgx {
namespace {

// A set of opcodes: bit n of word m is opcode 64 * m + n.
struct OpcodeSet {
  uint64_t words[4];
};
Mask is_in(const OpcodeSet& set, uint64_t opcode) {
  const Mask odd = bit(opcode, 6);
  const uint64_t word = choose(bit(opcode, 7), choose(odd, set.words[3], set.words[2]),
                               choose(odd, set.words[1], set.words[0]));
  return bit(word, opcode & 63);
}
constexpr OpcodeSet make_set(const uint8_t (*ranges)[2], size_t count) {
  OpcodeSet out{};
  for (size_t i = 0; i < count; ++i)
    for (unsigned opcode = ranges[i][0]; opcode <= ranges[i][1]; ++opcode)
      out.words[opcode / 64] |= uint64_t{1} << opcode % 64;
  return out;
}
template <size_t N>
constexpr OpcodeSet make_set(const uint8_t (&ranges)[N][2]) {
  return make_set(ranges, N);
}

// REX included; more of them would say something twice.
constexpr unsigned kMostPrefixes = 5;
constexpr uint8_t kPrefixRanges[][2] = {{0x26, 0x26}, {0x2e, 0x2e}, {0x36, 0x36}, {0x3e, 0x3e},
                                        {0x40, 0x4f}, {0x64, 0x67}, {0xf0, 0xf0}, {0xf2, 0xf3}};
// With ModR/M and an access: LEA (8D) has none.
constexpr uint8_t kOneByteRanges[][2] = {{0x00, 0x03}, {0x08, 0x0b}, {0x10, 0x13}, {0x18, 0x1b}, {0x20, 0x23},
                                         {0x28, 0x2b}, {0x30, 0x33}, {0x38, 0x3b}, {0x63, 0x63}, {0x69, 0x69},
                                         {0x6b, 0x6b}, {0x80, 0x8c}, {0x8e, 0x8f}, {0xc0, 0xc1}, {0xc6, 0xc7},
                                         {0xd0, 0xd3}, {0xd8, 0xdf}, {0xf6, 0xf7}, {0xfe, 0xff}};
// After 0F: without prefetches and NOPs with operands (0D, 18 to 1F).
constexpr uint8_t kTwoByteRanges[][2] = {{0x00, 0x03}, {0x10, 0x17}, {0x28, 0x2f}, {0x40, 0x76}, {0x78, 0x7f},
                                         {0x90, 0x9f}, {0xa3, 0xa5}, {0xab, 0xc7}, {0xd0, 0xff}};
constexpr uint8_t kReadsRsiRanges[][2] = {{0xa4, 0xa7}, {0xac, 0xad}};
constexpr uint8_t kUsesRdiRanges[][2] = {{0xa4, 0xa7}, {0xaa, 0xab}, {0xae, 0xaf}};
constexpr OpcodeSet kPrefixes = make_set(kPrefixRanges), kOneByte = make_set(kOneByteRanges),
                    kTwoByte = make_set(kTwoByteRanges), kReadsRsi = make_set(kReadsRsiRanges),
                    kUsesRdi = make_set(kUsesRdiRanges);

enum Register : uint64_t { kRbx = 3, kRbp = 5, kRsi = 6, kRdi = 7, kRegisters = 16 };

// What stands before ModR/M.
struct Head {
  uint64_t position = 0;  // of ModR/M
  Mask accesses = 0;      // whether ModR/M is there and may name memory
  Mask fs = 0, gs = 0;
  uint64_t index_high = 0, base_high = 0;  // REX.X and REX.B, as 8 or 0
  uint64_t displacement_unit = 1;
  Mask one_byte = 0;
  uint64_t opcode = 0;
};

class Code {
 public:
  explicit Code(const uint8_t (&bytes)[16]) {
    __builtin_memcpy(&low_, bytes, sizeof low_);
    __builtin_memcpy(&high_, bytes + sizeof low_, sizeof high_);
  }
  // Of positions up to 15 and of -1, where nothing is.
  [[nodiscard]] uint64_t at(uint64_t position) const {
    const uint64_t word = choose(bit(position, 3), high_, low_) & ~bit(position, 4);
    return word >> (position & 7) * 8 & 0xff;
  }

 private:
  uint64_t low_, high_;
};

Head read_head(const Code& code, const uint8_t (&bytes)[16]) {
  Head head;
  uint64_t position = 0;
  Mask all_prefixes = ~Mask{0};
  for (unsigned i = 0; i < kMostPrefixes; ++i) {
    all_prefixes &= is_in(kPrefixes, bytes[i]);
    head.fs |= all_prefixes & equal(bytes[i], 0x64);
    head.gs |= all_prefixes & equal(bytes[i], 0x65);
    position += all_prefixes & 1;
  }
  // Only right before the opcode does REX count.
  const uint64_t last = code.at(position - 1);
  const uint64_t rex = equal(last & 0xf0, 0x40) & last;

  const uint64_t first = code.at(position), second = code.at(position + 1);
  const Mask vex2 = equal(first, 0xc5), vex3 = equal(first, 0xc4), evex = equal(first, 0x62);
  const Mask escape = equal(first, 0x0f);
  const Mask escape3 = escape & (equal(second, 0x38) | equal(second, 0x3a));
  const Mask escape2 = escape & ~escape3;
  head.one_byte = ~(vex2 | vex3 | evex | escape);
  const uint64_t opcode_at =
      position + ((vex2 & 2) | (vex3 & 3) | (evex & 4) | (escape3 & 2) | (escape2 & 1));
  head.opcode = code.at(opcode_at);
  head.position = opcode_at + 1;
  // VZEROUPPER and VZEROALL (77) are the only ones of VEX without ModR/M.
  head.accesses = (head.one_byte & is_in(kOneByte, head.opcode)) | (escape2 & is_in(kTwoByte, head.opcode)) |
                  escape3 | evex | ((vex2 | vex3) & ~equal(head.opcode, 0x77));
  // Inverted in the prefixes of vector instructions.
  const Mask inverted = vex3 | evex;
  head.index_high = ((rex & 2) << 2) | (inverted & (~second >> 6 & 1) << 3);
  head.base_high = ((rex & 1) << 3) | (inverted & (~second >> 5 & 1) << 3);
  const uint64_t vector_length = uint64_t{16} << choose(evex, code.at(position + 3) >> 5 & 3, 0);
  head.displacement_unit = choose(evex, vector_length, 1);
  return head;
}

uint64_t sign_extend_byte(uint64_t value) {
  return (value ^ 0x80) - 0x80;
}
uint64_t sign_extend_word(uint64_t value) {
  return (value ^ 0x8000'0000) - 0x8000'0000;
}

}  // namespace

Operands find_operands(const uint8_t (&bytes)[16], const uint64_t* registers, uint64_t rip, uint64_t fs_base,
                       uint64_t gs_base) {
  const Code code(bytes);
  const Head head = read_head(code, bytes);
  const auto value_of = [&](uint64_t number) { return look_up(registers, kRegisters, number); };

  const uint64_t modrm = code.at(head.position), sib = code.at(head.position + 1);
  const uint64_t mode = modrm >> 6, low = modrm & 7;
  const Mask has_sib = equal(low, 4) & less(mode, 3);
  const uint64_t base = choose(has_sib, sib & 7, low);
  const Mask without_base = equal(base, 5) & equal(mode, 0);
  const Mask by_rip = without_base & ~has_sib;
  const uint64_t index = (sib >> 3 & 7) | head.index_high;

  const uint64_t displacement_at = head.position + 1 + (has_sib & 1);
  uint64_t word = 0;
  for (unsigned i = 0; i < 4; ++i) word |= code.at(displacement_at + i) << 8 * i;
  const Mask long_displacement = equal(mode, 2) | without_base;
  const uint64_t displacement =
      (equal(mode, 1) & sign_extend_byte(code.at(displacement_at)) * head.displacement_unit) |
      (long_displacement & sign_extend_word(word));

  uint64_t address = displacement + (~without_base & value_of(base | head.base_high));
  address += has_sib & ~equal(index, 4) & value_of(index) << (sib >> 6);
  address += by_rip & (rip + displacement_at + 4);
  address += (head.fs & fs_base) + (head.gs & gs_base);

  const Mask accesses = head.accesses & less(mode, 3);
  const Mask string = head.one_byte & is_in(kReadsRsi, head.opcode);
  const Mask leave = head.one_byte & equal(head.opcode, 0xc9),
             xlat = head.one_byte & equal(head.opcode, 0xd7);
  return {.first = (accesses & address) | (string & value_of(kRsi)) | (leave & value_of(kRbp)) |
                   (xlat & (value_of(kRbx) + (value_of(0) & 0xff))),
          .second = head.one_byte & is_in(kUsesRdi, head.opcode) & value_of(kRdi)};
}

}  // namespace strongroom::kernel::port::sgx
