// What becomes in an SGX enclave of the instructions that inspection lists.
#pragma once

#include "image/sites.h"

namespace strongroom::image {

enum class SgxEffect {
  kServed,   // refused by the processor (#UD), and done by the enclave kernel, at the cost of leaving the
             // enclave
  kDepends,  // legal with SGX2, refused with SGX1 or where the host forbids it; rdtsc is served then
  kIllegal,  // #UD or #GP: the program gets a signal
};
std::string_view to_string(SgxEffect effect);  // "served", "depends", "illegal"

// Of "syscall", or of a name of sensitive_instruction(). Intel SDM volume 3D, table "Illegal Instructions
// Inside an Enclave"; privileged instructions are refused in every program.
SgxEffect effect_in_sgx(std::string_view instruction);

// The sites, with those of `syscall` that were not rewritten; instructions without a site are left out.
std::map<std::string, std::vector<CodeSite>> sites_in_sgx(const SiteReport& sites);

}  // namespace strongroom::image
