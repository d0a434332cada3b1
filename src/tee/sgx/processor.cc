#include "tee/sgx/processor.h"

#include <cpuid.h>
#include <dlfcn.h>

#include <algorithm>
#include <initializer_list>

#include "tee/cpuid_leaf.h"

// Defined by the emulator's library where it is preloaded, and nowhere else.
extern "C" __attribute__((weak)) const char strongroom_sgx_emulator[];

extern "C" __attribute__((weak)) const bool strongroom_sgx_emulator_has_sgx2;
extern "C" __attribute__((weak)) const bool strongroom_sgx_emulator_has_aex_notify;

namespace strongroom::tee::sgx {
namespace {

constexpr uint32_t kSgxLeaf = 0x12;

uint64_t supported_state() {
  const CpuidLeaf leaf = cpuid(0xd);
  return uint64_t{leaf.d} << 32 | leaf.a;
}

class TableWriter {
 public:
  void add(uint32_t leaf, uint32_t subleaf, bool any_subleaf, const CpuidLeaf& answer) {
    if (table_.count == kernel::kCpuidCapacity) return;
    table_.entries[table_.count++] = {leaf,     subleaf, any_subleaf ? 1u : 0u, answer.a, answer.b,
                                      answer.c, answer.d};
  }
  [[nodiscard]] const kernel::CpuidTable& table() const { return table_; }

 private:
  kernel::CpuidTable table_{};
};

constexpr uint32_t bit(unsigned number) {
  return 1u << number;
}

// Bits of features that an enclave cannot use. Numbers: Intel SDM volume 2A, CPUID.
void remove_unusable(uint32_t leaf, uint32_t subleaf, uint64_t xfrm, CpuidLeaf& answer) {
  const bool avx = (xfrm & arch::kXfrmAvx) != 0;
  const bool avx512 = (xfrm & arch::kXfrmAvx512) == arch::kXfrmAvx512;
  if (leaf == 1) {
    answer.c &= ~(bit(3) | bit(5) | bit(6) | bit(31));     // MONITOR VMX SMX, hypervisor
    if (!avx) answer.c &= ~(bit(12) | bit(28) | bit(29));  // FMA AVX F16C
  } else if (leaf == 7 && subleaf == 0) {
    answer.b &= ~(bit(2) | bit(4) | bit(11) | bit(14));    // SGX HLE RTM MPX
    answer.c &= ~(bit(3) | bit(4) | bit(5) | bit(7));      // PKU OSPKE WAITPKG CET-SS
    answer.d &= ~(bit(20) | bit(22) | bit(24) | bit(25));  // CET-IBT, AMX
    if (!avx) answer.b &= ~bit(5);                         // AVX2
    if (!avx) answer.c &= ~(bit(9) | bit(10));             // VAES VPCLMULQDQ
    if (!avx512) {
      answer.b &= ~(bit(16) | bit(17) | bit(21) | bit(26) | bit(27) | bit(28) | bit(30) | bit(31));
      answer.c &= ~(bit(1) | bit(6) | bit(11) | bit(12) | bit(14));
      answer.d &= ~(bit(2) | bit(3) | bit(8) | bit(23));
    }
  } else if (leaf == 7 && subleaf == 1) {
    answer.a &= ~bit(21);              // AMX-FP16
    if (!avx) answer.a &= ~bit(4);     // AVX-VNNI
    if (!avx512) answer.a &= ~bit(5);  // AVX512-BF16
  }
}

// Leaf 0DH: only the components of XFRM, and the size of the XSAVE area that follows from them (Intel SDM
// volume 1, section 13.2).
void add_extended_state(uint64_t xfrm, TableWriter& out) {
  constexpr uint32_t kLegacyAndHeader = 576;
  uint32_t size = kLegacyAndHeader;
  for (uint32_t component = 2; component < 63; ++component) {
    if ((xfrm >> component & 1) == 0) continue;
    const CpuidLeaf answer = cpuid(0xd, component);
    size = std::max(size, answer.a + answer.b);
    out.add(0xd, component, false, answer);
  }
  out.add(0xd, 0, false, {static_cast<uint32_t>(xfrm), size, size, static_cast<uint32_t>(xfrm >> 32)});
  CpuidLeaf features = cpuid(0xd, 1);
  out.add(0xd, 1, false, {features.a & (bit(0) | bit(1) | bit(2)), size, 0, 0});  // XSAVEOPT XSAVEC XGETBV
}

bool has_subleaves(uint32_t leaf) {
  const std::initializer_list<uint32_t> kLeaves = {4,    7,    0xb,  0xd,  0xf,  0x10,
                                                   0x12, 0x14, 0x17, 0x18, 0x1d, 0x1f};
  return std::find(kLeaves.begin(), kLeaves.end(), leaf) != kLeaves.end();
}

}  // namespace

bool is_emulated() {
  return strongroom_sgx_emulator != nullptr;
}

std::string emulator_file() {
  Dl_info place{};
  if (!is_emulated() || dladdr(strongroom_sgx_emulator, &place) == 0) return "";
  return place.dli_fname;
}

Result<ProcessorSgx> read_processor() {
  const CpuidLeaf features = cpuid(7);
  if ((features.b & bit(2)) == 0) {
    // What the emulator has is written there: SGX2 with EXINFO or neither, and this processor's vector state.
    if (is_emulated()) {
      const bool sgx2 = strongroom_sgx_emulator_has_sgx2;
      return ProcessorSgx{.sgx2 = sgx2,
                          .aex_notify = strongroom_sgx_emulator_has_aex_notify,
                          .misc_select = sgx2 ? uint32_t{arch::kMiscExinfo} : 0,
                          .xfrm = supported_state() & kUsableXfrm};
    }
    return fail(ErrorCode::kUnsupported, "this processor, or its firmware's setting, offers no SGX");
  }
  const CpuidLeaf leaf = cpuid(kSgxLeaf, 0);
  const CpuidLeaf attributes = cpuid(kSgxLeaf, 1);
  return ProcessorSgx{.sgx2 = (leaf.a & bit(1)) != 0,
                      .aex_notify = (leaf.a & bit(11)) != 0 && (attributes.a & bit(10)) != 0,
                      .misc_select = leaf.b,
                      .xfrm = (uint64_t{attributes.d} << 32 | attributes.c) & supported_state()};
}

kernel::CpuidTable enclave_cpuid(uint64_t xfrm) {
  constexpr uint32_t kExtended = 0x80000000;
  constexpr uint32_t kMostSubleaves = 8;
  TableWriter out;
  for (const uint32_t first : {0u, kExtended}) {
    const uint32_t last =
        std::min<uint32_t>(static_cast<uint32_t>(__get_cpuid_max(first, nullptr)), first + 0x24);
    for (uint32_t leaf = first; leaf <= last && last >= first; ++leaf) {
      if (leaf == 0xd) {
        add_extended_state(xfrm, out);
        continue;
      }
      if (leaf == kSgxLeaf) continue;
      const bool several = first == 0 && has_subleaves(leaf);
      for (uint32_t subleaf = 0; subleaf < (several ? kMostSubleaves : 1); ++subleaf) {
        CpuidLeaf answer = cpuid(leaf, subleaf);
        remove_unusable(leaf, subleaf, xfrm, answer);
        if (subleaf != 0 && (answer.a | answer.b | answer.c | answer.d) == 0) continue;
        out.add(leaf, subleaf, !several, answer);
      }
    }
  }
  return out.table();
}

}  // namespace strongroom::tee::sgx
