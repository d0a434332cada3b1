// CPUID with SGX in it, where the processor can make the instruction fault outside the kernel.
#include <asm/prctl.h>
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/driver.h"
#include "preload/signals.h"

namespace strongroom::sgx {
namespace {

struct Leaf {
  uint32_t eax, ebx, ecx, edx;
};

Leaf read_leaf(uint32_t leaf, uint32_t subleaf) {
  Leaf out{};
  __cpuid_count(leaf, subleaf, out.eax, out.ebx, out.ecx, out.edx);
  return out;
}

constexpr uint32_t kSgxLeaf = 0x12;
bool faulting = false;                      // CPUID does, outside of the kernel
constexpr uint64_t kEpcBase = 0x8000'0000;  // a physical address that nothing here uses

constexpr uint32_t low(uint64_t value) {
  return static_cast<uint32_t>(value);
}
constexpr uint32_t high(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}

// Intel SDM volume 2A, CPUID, leaf 12H.
Leaf sgx_leaf(uint32_t subleaf) {
  switch (subleaf) {
    case 0: {  // SGX1, SGX2 and EDECCSSA; MISCSELECT; the largest enclaves
      constexpr uint32_t kSgx1 = 1, kSgx2 = 1u << 1, kEdeccssa = 1u << 11;
      const uint32_t leaves =
          kSgx1 | (processor().sgx2 ? kSgx2 : 0) | (processor().aex_notify ? kEdeccssa : 0);
      return {leaves, processor().misc_select, 0, kMaximumSizeBits64 << 8 | kMaximumSizeBits32};
    }
    case 1: {
      const uint64_t attributes = supported_attributes(processor());
      return {low(attributes), high(attributes), low(processor().xfrm), high(processor().xfrm)};
    }
    case 2:  // the one section of EPC, with confidentiality and integrity
      return {low(kEpcBase) | 1, high(kEpcBase), low(kEpcSize) | 1, high(kEpcSize)};
    default:
      return {};
  }
}

Leaf emulated_leaf(uint32_t leaf, uint32_t subleaf) {
  if (leaf == kSgxLeaf) return sgx_leaf(subleaf);
  if (faulting) syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1);
  Leaf out = read_leaf(leaf, subleaf);
  if (faulting) syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0);
  if (leaf == 0 && out.eax < kSgxLeaf) out.eax = kSgxLeaf;
  if (leaf == 7 && subleaf == 0) {
    out.ebx |= 1u << 2;   // SGX
    out.ecx |= 1u << 30;  // SGX_LC
  }
  return out;
}

}  // namespace

void read_processor_features() {
  Processor& target = processor();
  const Leaf xfrm = read_leaf(0xd, 0);
  target.xfrm = (uint64_t{xfrm.edx} << 32 | xfrm.eax) & ((uint64_t{1} << kXsaveComponents) - 1);
  target.xfrm &=
      ~uint64_t{arch::kXfrmPkru | 1u << 8};  // PKRU is the kernel's on this side; PT is not for XFRM
  for (unsigned i = 2; i < kXsaveComponents; ++i) {
    if ((target.xfrm >> i & 1) == 0) continue;
    const Leaf component = read_leaf(0xd, i);
    target.xsave.components[i] = {component.ebx, component.eax};
  }
}

bool enable_cpuid_faulting() {
  faulting = syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0) == 0;
  return faulting;
}

void emulate_cpuid(ucontext_t& context) {
  greg_t* const registers = context.uc_mcontext.gregs;
  const Leaf leaf = emulated_leaf(low(static_cast<uint64_t>(registers[REG_RAX])),
                                  low(static_cast<uint64_t>(registers[REG_RCX])));
  registers[REG_RAX] = leaf.eax;
  registers[REG_RBX] = leaf.ebx;
  registers[REG_RCX] = leaf.ecx;
  registers[REG_RDX] = leaf.edx;
  registers[REG_RIP] += 2;
}

}  // namespace strongroom::sgx
