#include "image/sgx_effect.h"

namespace strongroom::image {

std::string_view to_string(SgxEffect effect) {
  switch (effect) {
    case SgxEffect::kServed:
      return "served";
    case SgxEffect::kDepends:
      return "depends";
    case SgxEffect::kIllegal:
      return "illegal";
  }
  return "";
}

SgxEffect effect_in_sgx(std::string_view instruction) {
  if (instruction == "syscall" || instruction == "cpuid") return SgxEffect::kServed;
  if (instruction == "rdtsc" || instruction == "rdtscp") return SgxEffect::kDepends;
  return SgxEffect::kIllegal;
}

std::map<std::string, std::vector<CodeSite>> sites_in_sgx(const SiteReport& sites) {
  std::map<std::string, std::vector<CodeSite>> out;
  for (const auto& [name, list] : sites.others)
    if (!list.empty()) out[name] = list;
  if (!sites.trapping_syscalls.empty()) out["syscall"] = sites.trapping_syscalls;
  return out;
}

}  // namespace strongroom::image
