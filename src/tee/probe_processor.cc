// Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E.
#include <cpuid.h>
#include <immintrin.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tee/platform_probe.h"

namespace strongroom::tee {
namespace {

struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf cpuid(unsigned leaf, unsigned subleaf = 0) {
  Leaf out;
  if (__get_cpuid_count(leaf, subleaf, &out.eax, &out.ebx, &out.ecx, &out.edx) == 0) return {};
  return out;
}

bool bit(unsigned value, unsigned number) {
  return (value >> number & 1) != 0;
}

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
    const Leaf part = cpuid(leaf);
    name += text_of({part.eax, part.ebx, part.ecx, part.edx});
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
  if (!bit(cpuid(1).ecx, 30))
    return {false, "the processor has no RDRAND", "use a processor made since 2012 (Intel) or 2015 (AMD)"};
  // Known defects answer the same value for ever.
  std::array<unsigned long long, 8> values{};
  for (unsigned long long& value : values)
    if (!read_random(value)) return {false, "RDRAND gives no number", "update the processor's firmware"};
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] == values[0])
      return {false, "RDRAND repeats its numbers", "update the processor's firmware"};
  return {true, bit(cpuid(7).ebx, 18) ? "RDRAND and RDSEED" : "RDRAND, no RDSEED", ""};
}

Feature fsgsbase_feature() {
  constexpr unsigned long kHwcap2FsGsBase = 1ul << 1;  // <asm/hwcap2.h>
  if (!bit(cpuid(7).ebx, 0))
    return {false, "the processor has no FSGSBASE", "use a processor made since 2012"};
  if ((getauxval(AT_HWCAP2) & kHwcap2FsGsBase) == 0)
    return {false, "the kernel does not enable FSGSBASE",
            "use Linux 5.9 or newer, without the option nofsgsbase"};
  return {true, "WRFSBASE in user mode", ""};
}

Feature snp_feature() {
  if (access("/dev/sev-guest", F_OK) == 0) return {true, "this system is a SEV-SNP guest", ""};
  if (bit(cpuid(0x8000001f).eax, 4)) return {true, "the processor has SEV-SNP", ""};
  return {false, "the processor offers no SEV-SNP", ""};
}

Feature tdx_feature() {
  const Leaf leaf = cpuid(0x21);
  if (text_of({leaf.ebx, leaf.edx, leaf.ecx}) == "IntelTDX    ")
    return {true, "this system is a TDX guest", ""};
  return {false, "this system is not a TDX guest", ""};
}

}  // namespace

Processor probe_processor() {
  Processor processor;
  const Leaf first = cpuid(0);
  processor.vendor = text_of({first.ebx, first.edx, first.ecx});
  processor.model = model_name();
  processor.virtualised = bit(cpuid(1).ecx, 31);
  processor.hardware_virtualisation = bit(cpuid(1).ecx, 5) || bit(cpuid(0x80000001).ecx, 2);
  processor.rdrand = rdrand_feature();
  processor.fsgsbase = fsgsbase_feature();
  processor.sev_snp = snp_feature();
  processor.tdx = tdx_feature();
  return processor;
}

}  // namespace strongroom::tee
