// A thread's registers in the order in which gdb knows them, and the description that tells gdb so
// ("Debugging with GDB", appendix G.5.9).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace strongroom::tee::vm::debug {

// Offsets in the file. The next register begins where one ends.
struct RegisterPlace {
  uint32_t offset;
  uint32_t size;
};

// Numbers of registers, in the order of the file.
enum Register : uint32_t {
  kRax = 0,
  kRsp = 7,
  kRip = 16,
  kEflags = 17,
  kCs = 18,
  kSt0 = 24,
  kFctrl = 32,
  kXmm0 = 40,
  kMxcsr = 56,
  kOrigRax = 57,
  kFsBase = 58,
  kGsBase = 59,
  kYmm0High = 60,
  kRegisterCount = 76,
};

constexpr uint32_t register_size(uint32_t number) {
  if (number < kEflags || (number >= kOrigRax && number < kYmm0High)) return 8;
  if (number >= kSt0 && number < kFctrl) return 10;
  if ((number >= kXmm0 && number < kMxcsr) || number >= kYmm0High) return 16;
  return 4;
}

constexpr RegisterPlace register_place(uint32_t number) {
  uint32_t offset = 0;
  for (uint32_t before = 0; before < number; ++before) offset += register_size(before);
  return {offset, register_size(number)};
}

struct RegisterFile {
  static constexpr size_t kSize = register_place(kRegisterCount).offset;
  std::array<uint8_t, kSize> bytes{};

  // `number` < kRegisterCount.
  [[nodiscard]] std::span<uint8_t> of(uint32_t number) {
    const RegisterPlace place = register_place(number);
    return std::span(bytes).subspan(place.offset, place.size);
  }
  [[nodiscard]] std::span<const uint8_t> of(uint32_t number) const {
    const RegisterPlace place = register_place(number);
    return std::span(bytes).subspan(place.offset, place.size);
  }
  // Of registers of up to 8 bytes.
  [[nodiscard]] uint64_t value(uint32_t number) const {
    uint64_t out = 0;
    std::memcpy(&out, of(number).data(), of(number).size());
    return out;
  }
  void set(uint32_t number, uint64_t value) { std::memcpy(of(number).data(), &value, of(number).size()); }
};
static_assert(RegisterFile::kSize == 816);

// target.xml.
const std::string& target_description();

}  // namespace strongroom::tee::vm::debug
