#include "tee/vm/debug/processor_registers.h"

#include <algorithm>
#include <iterator>

namespace strongroom::tee::vm::debug {
namespace {

constexpr __u64 kvm_regs::*kGeneral[] = {
    &kvm_regs::rax, &kvm_regs::rbx, &kvm_regs::rcx, &kvm_regs::rdx, &kvm_regs::rsi, &kvm_regs::rdi,
    &kvm_regs::rbp, &kvm_regs::rsp, &kvm_regs::r8,  &kvm_regs::r9,  &kvm_regs::r10, &kvm_regs::r11,
    &kvm_regs::r12, &kvm_regs::r13, &kvm_regs::r14, &kvm_regs::r15, &kvm_regs::rip};
static_assert(std::size(kGeneral) == kEflags);

constexpr uint16_t kUserCode = 0x2b, kUserData = 0x23;

// The XSAVE area (Intel SDM volume 1, sections 10.5.1 and 13.4).
constexpr size_t kControl = 0, kStatus = 2, kTags = 4, kOpcode = 6, kX87Ip = 8, kX87Dp = 16, kMxcsrPlace = 24,
                 kX87Registers = 32, kXmmRegisters = 160, kStateBits = 512, kYmmHigh = 576;
constexpr uint64_t kX87AndSse = 3, kAvx = 4;

// The x87 part of gdb's is FSAVE's: a tag of two bits a register, 3 for an empty one. FXSAVE's has one bit.
uint32_t full_tags(uint8_t abridged) {
  uint32_t tags = 0;
  for (int i = 0; i < 8; ++i)
    if ((abridged >> i & 1) == 0) tags |= 3u << 2 * i;
  return tags;
}

uint8_t abridged_tags(uint32_t tags) {
  uint8_t abridged = 0;
  for (int i = 0; i < 8; ++i)
    if ((tags >> 2 * i & 3) != 3) abridged = static_cast<uint8_t>(abridged | 1u << i);
  return abridged;
}

uint64_t load(const ExtendedState& state, size_t offset, size_t size) {
  uint64_t out = 0;
  std::memcpy(&out, state.data() + offset, size);
  return out;
}

void extended_from(const ExtendedState& state, RegisterFile& file) {
  for (uint32_t i = 0; i < 8; ++i)
    std::copy_n(state.begin() + kX87Registers + 16 * i, 10, file.of(kSt0 + i).begin());
  const uint64_t controls[] = {load(state, kControl, 2), load(state, kStatus, 2),
                               full_tags(state[kTags]),  load(state, kX87Ip + 4, 2),
                               load(state, kX87Ip, 4),   load(state, kX87Dp + 4, 2),
                               load(state, kX87Dp, 4),   load(state, kOpcode, 2)};
  for (uint32_t i = 0; i < std::size(controls); ++i) file.set(kFctrl + i, controls[i]);
  file.set(kMxcsr, load(state, kMxcsrPlace, 4));
  for (uint32_t i = 0; i < 16; ++i) {
    std::copy_n(state.begin() + kXmmRegisters + 16 * i, 16, file.of(kXmm0 + i).begin());
    std::copy_n(state.begin() + kYmmHigh + 16 * i, 16, file.of(kYmm0High + i).begin());
  }
}

void extended_to(const RegisterFile& file, ExtendedState& state) {
  for (uint32_t i = 0; i < 8; ++i)
    std::ranges::copy(file.of(kSt0 + i), state.begin() + kX87Registers + 16 * i);
  const auto put = [&](size_t offset, size_t size, uint64_t value) {
    std::memcpy(state.data() + offset, &value, size);
  };
  put(kControl, 2, file.value(kFctrl));
  put(kStatus, 2, file.value(kFctrl + 1));
  state[kTags] = abridged_tags(static_cast<uint32_t>(file.value(kFctrl + 2)));
  put(kX87Ip + 4, 2, file.value(kFctrl + 3));
  put(kX87Ip, 4, file.value(kFctrl + 4));
  put(kX87Dp + 4, 2, file.value(kFctrl + 5));
  put(kX87Dp, 4, file.value(kFctrl + 6));
  put(kOpcode, 2, file.value(kFctrl + 7));
  put(kMxcsrPlace, 4, file.value(kMxcsr));
  bool has_avx = false;
  for (uint32_t i = 0; i < 16; ++i) {
    std::ranges::copy(file.of(kXmm0 + i), state.begin() + kXmmRegisters + 16 * i);
    std::ranges::copy(file.of(kYmm0High + i), state.begin() + kYmmHigh + 16 * i);
    for (const uint8_t byte : file.of(kYmm0High + i)) has_avx |= byte != 0;
  }
  put(kStateBits, 8, load(state, kStateBits, 8) | kX87AndSse | (has_avx ? kAvx : 0));
}

}  // namespace

Result<RegisterFile> registers_of(VirtualProcessor& processor, const kvm_regs& general) {
  RegisterFile file;
  for (uint32_t i = 0; i < std::size(kGeneral); ++i) file.set(i, general.*kGeneral[i]);
  file.set(kEflags, general.rflags);
  file.set(kCs, kUserCode);
  for (uint32_t i = kCs + 1; i < kSt0; ++i) file.set(i, kUserData);
  const kvm_sregs special = TRY(processor.special_registers());
  file.set(kFsBase, special.fs.base);
  file.set(kGsBase, special.gs.base);
  file.set(kOrigRax, ~uint64_t{0});  // no system call is to be made again
  extended_from(TRY(processor.extended_state()), file);
  return file;
}

Result<void> change_registers(VirtualProcessor& processor, kvm_regs& general, const RegisterFile& wanted) {
  const RegisterFile old = TRY(registers_of(processor, general));
  for (uint32_t i = 0; i < std::size(kGeneral); ++i) general.*kGeneral[i] = wanted.value(i);
  // The rest of the flags is the system's.
  constexpr uint64_t kChangeable = 0x40dd5;  // CF PF AF ZF SF TF DF OF AC
  general.rflags = (general.rflags & ~kChangeable) | (wanted.value(kEflags) & kChangeable);
  if (old.value(kFsBase) != wanted.value(kFsBase) || old.value(kGsBase) != wanted.value(kGsBase)) {
    kvm_sregs special = TRY(processor.special_registers());
    special.fs.base = wanted.value(kFsBase);
    special.gs.base = wanted.value(kGsBase);
    TRY(processor.set_special_registers(special));
  }
  const auto rest = [](const RegisterFile& file) {
    RegisterFile out = file;
    std::ranges::fill(std::span(out.bytes).first(register_place(kSt0).offset), uint8_t{0});
    for (const uint32_t number : {kOrigRax, kFsBase, kGsBase}) out.set(number, 0);
    return out.bytes;
  };
  if (rest(old) == rest(wanted)) return {};
  ExtendedState state = TRY(processor.extended_state());
  extended_to(wanted, state);
  return processor.set_extended_state(state);
}

}  // namespace strongroom::tee::vm::debug
