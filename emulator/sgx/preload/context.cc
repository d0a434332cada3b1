// Between the kernel's signal frame and the processor's registers.
#include "preload/signals.h"

namespace strongroom::sgx {
namespace {

struct Place {
  int index;
  uint64_t Registers::*member;
};
constexpr Place kPlaces[] = {
    {REG_RAX, &Registers::rax}, {REG_RCX, &Registers::rcx},    {REG_RDX, &Registers::rdx},
    {REG_RBX, &Registers::rbx}, {REG_RSP, &Registers::rsp},    {REG_RBP, &Registers::rbp},
    {REG_RSI, &Registers::rsi}, {REG_RDI, &Registers::rdi},    {REG_R8, &Registers::r8},
    {REG_R9, &Registers::r9},   {REG_R10, &Registers::r10},    {REG_R11, &Registers::r11},
    {REG_R12, &Registers::r12}, {REG_R13, &Registers::r13},    {REG_R14, &Registers::r14},
    {REG_R15, &Registers::r15}, {REG_EFL, &Registers::rflags}, {REG_RIP, &Registers::rip},
};

}  // namespace

Registers get_registers(const ucontext_t& context) {
  Registers out;
  for (const Place& place : kPlaces)
    out.*place.member = static_cast<uint64_t>(context.uc_mcontext.gregs[place.index]);
  return out;
}

void set_registers(ucontext_t& context, const Registers& registers) {
  for (const Place& place : kPlaces)
    context.uc_mcontext.gregs[place.index] = static_cast<greg_t>(registers.*place.member);
}

}  // namespace strongroom::sgx
