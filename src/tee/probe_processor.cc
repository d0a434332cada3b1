// Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E.
#include <immintrin.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tee/cpuid_leaf.h"
#include "tee/platform_probe.h"

namespace strongroom::tee {
namespace {

std::string text_of(std::initializer_list<unsigned> registers) {
  std::string text;
  for (const unsigned value : registers) {
    char part[4];
    std::memcpy(part, &value, sizeof part);
    text.append(part, sizeof part);
  }
  return text;
}

std::string model_name() {
  std::string name;
  for (unsigned leaf = 0x80000002; leaf <= 0x80000004; ++leaf) {
    const CpuidLeaf part = cpuid(leaf);
    name += text_of({part.a, part.b, part.c, part.d});
  }
  name = name.substr(0, name.find('\0'));
  const size_t first = name.find_first_not_of(' ');
  const size_t last = name.find_last_not_of(' ');
  return first == std::string::npos ? "unknown" : name.substr(first, last - first + 1);
}

__attribute__((target("rdrnd"))) bool read_random(unsigned long long& value) {
  for (int attempt = 0; attempt < 10; ++attempt)
    if (_rdrand64_step(&value) == 1) return true;
  return false;
}

Feature rdrand_feature() {
  if (!bit_of(cpuid(1).c, 30))
    return {false, "the processor has no RDRAND", "use a processor made since 2012 (Intel) or 2015 (AMD)"};
  // Known defects answer the same value for ever.
  std::array<unsigned long long, 8> values{};
  for (unsigned long long& value : values)
    if (!read_random(value)) return {false, "RDRAND gives no number", "update the processor's firmware"};
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] == values[0])
      return {false, "RDRAND repeats its numbers", "update the processor's firmware"};
  if (!bit_of(cpuid(7).b, 18))
    return {false, "the processor has RDRAND, but no RDSEED",
            "use a processor made since 2014 (Intel) or 2017 (AMD)"};
  return {true, "RDRAND and RDSEED", ""};
}

Feature fsgsbase_feature() {
  constexpr unsigned long kHwcap2FsGsBase = 1ul << 1;  // <asm/hwcap2.h>
  if (!bit_of(cpuid(7).b, 0))
    return {false, "the processor has no FSGSBASE", "use a processor made since 2012"};
  if ((getauxval(AT_HWCAP2) & kHwcap2FsGsBase) == 0)
    return {false, "the kernel does not enable FSGSBASE",
            "use Linux 5.9 or newer, without the option nofsgsbase"};
  return {true, "WRFSBASE in user mode", ""};
}

Feature snp_feature() {
  if (access("/dev/sev-guest", F_OK) == 0) return {true, "this system is a SEV-SNP guest", ""};
  if (bit_of(cpuid(0x8000001f).a, 4)) return {true, "the processor has SEV-SNP", ""};
  return {false, "the processor offers no SEV-SNP", ""};
}

Feature tdx_feature() {
  const CpuidLeaf leaf = cpuid(0x21);
  if (text_of({leaf.b, leaf.d, leaf.c}) == "IntelTDX    ") return {true, "this system is a TDX guest", ""};
  return {false, "this system is not a TDX guest", ""};
}

}  // namespace

Processor probe_processor() {
  Processor processor;
  const CpuidLeaf first = cpuid(0);
  processor.vendor = text_of({first.b, first.d, first.c});
  processor.model = model_name();
  processor.virtualised = bit_of(cpuid(1).c, 31);
  processor.hardware_virtualisation = bit_of(cpuid(1).c, 5) || bit_of(cpuid(0x80000001).c, 2);
  processor.rdrand = rdrand_feature();
  processor.fsgsbase = fsgsbase_feature();
  processor.sev_snp = snp_feature();
  processor.tdx = tdx_feature();
  return processor;
}

}  // namespace strongroom::tee
