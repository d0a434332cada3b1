#include "tee/vm/cpuid.h"

#include <cpuid.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "tee/vm/kvm.h"

namespace strongroom::tee::vm {
namespace {

constexpr uint32_t bits(std::initializer_list<int> numbers) {
  uint32_t out = 0;
  for (const int number : numbers) out |= 1u << number;
  return out;
}

struct Registers {
  uint32_t a, b, c, d;
};

// Bits of one leaf: taken away, and taken over from this processor. Numbers: Intel SDM volume 2A, CPUID.
struct LeafRule {
  uint32_t leaf, subleaf;
  Registers removed;
  Registers inherited;
};

constexpr LeafRule kRules[] = {
    {.leaf = 1,
     .subleaf = 0,
     // MONITOR VMX SMX x2APIC TSC-deadline hypervisor
     .removed = {0, 0, bits({3, 5, 6, 21, 24, 31}), 0},
     // SSE3 PCLMULQDQ SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE OSXSAVE AVX F16C RDRAND
     .inherited = {0, 0, bits({0, 1, 9, 12, 13, 19, 20, 22, 23, 25, 26, 27, 28, 29, 30}), 0}},
    {.leaf = 7,
     .subleaf = 0,
     // SGX HLE RTM; PKU OSPKE WAITPKG CET-SS; CET-IBT AMX-BF16 AMX-TILE AMX-INT8
     .removed = {0, bits({2, 4, 11}), bits({3, 4, 5, 7}), bits({20, 22, 24, 25})},
     // FSGSBASE BMI1 AVX2 BMI2 ERMS AVX512F AVX512DQ RDSEED ADX AVX512IFMA CLFLUSHOPT CLWB AVX512CD SHA
     // AVX512BW AVX512VL; AVX512VBMI AVX512VBMI2 GFNI VAES VPCLMULQDQ AVX512VNNI AVX512BITALG AVX512VPOPCNTDQ
     // MOVDIRI MOVDIR64B; FSRM AVX512FP16
     .inherited = {0, bits({0, 3, 5, 8, 9, 16, 17, 18, 19, 21, 23, 24, 28, 29, 30, 31}),
                   bits({1, 6, 8, 9, 10, 11, 12, 14, 27, 28}), bits({4, 23})}},
    {.leaf = 7,
     .subleaf = 1,
     .removed = {bits({21}), 0, 0, 0},
     .inherited = {bits({4, 5}), 0, 0, 0}},  // AMX-FP16; AVX-VNNI AVX512BF16
    {.leaf = 0x80000001,
     .subleaf = 0,
     .removed = {},
     .inherited = {0, 0, bits({0, 5, 8}), 0}},  // LAHF LZCNT PREFETCHW
};

void apply(const LeafRule& rule, kvm_cpuid_entry2& entry) {
  Registers own{};
  __get_cpuid_count(rule.leaf, rule.subleaf, &own.a, &own.b, &own.c, &own.d);
  const auto mix = [](uint32_t offered, uint32_t removed, uint32_t inherited, uint32_t processor) {
    return (offered & ~removed) | (inherited & processor);
  };
  entry.eax = mix(entry.eax, rule.removed.a, rule.inherited.a, own.a);
  entry.ebx = mix(entry.ebx, rule.removed.b, rule.inherited.b, own.b);
  entry.ecx = mix(entry.ecx, rule.removed.c, rule.inherited.c, own.c);
  entry.edx = mix(entry.edx, rule.removed.d, rule.inherited.d, own.d);
}

// Leaf 0DH: which components there are, and the size of the XSAVE area that follows from them (Intel SDM
// volume 1, section 13.2).
void limit_extended_state(std::vector<kvm_cpuid_entry2>& entries) {
  constexpr uint32_t kLegacyAndHeader = 576;
  std::erase_if(entries, [](const kvm_cpuid_entry2& e) {
    return e.function == 0xd && e.index > 1 && (e.index > 63 || (kExtendedState >> e.index & 1) == 0);
  });
  uint32_t size = kLegacyAndHeader;
  for (const kvm_cpuid_entry2& e : entries)
    if (e.function == 0xd && e.index > 1) size = std::max(size, e.ebx + e.eax);
  for (kvm_cpuid_entry2& e : entries) {
    if (e.function != 0xd || e.index != 0) continue;
    e.eax &= kExtendedState;
    e.ebx = e.ecx = size;
  }
}

}  // namespace

std::vector<kvm_cpuid_entry2> guest_cpuid(std::vector<kvm_cpuid_entry2> supported) {
  std::erase_if(supported, [](const kvm_cpuid_entry2& e) {
    return e.function >= 0x40000000 && e.function < 0x80000000;
  });
  for (kvm_cpuid_entry2& entry : supported)
    for (const LeafRule& rule : kRules)
      if (entry.function == rule.leaf && entry.index == rule.subleaf) apply(rule, entry);
  limit_extended_state(supported);
  return supported;
}

Result<std::vector<kvm_cpuid_entry2>> own_guest_cpuid() {
  static std::vector<kvm_cpuid_entry2> known;
  if (known.empty()) known = guest_cpuid(TRY(supported_cpuid()));
  return known;
}

bool emulated_by_qemu() {
  constexpr unsigned kHypervisorBit = 1u << 31;
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kHypervisorBit) == 0) return false;
  char name[12];
  __cpuid(0x40000000, a, b, c, d);
  std::memcpy(name, &b, 4);
  std::memcpy(name + 4, &c, 4);
  std::memcpy(name + 8, &d, 4);
  return std::string_view(name, sizeof name) == "TCGTCGTCGTCG";
}

}  // namespace strongroom::tee::vm
