// What the processor says of SGX (Intel SDM volume 3D, chapter "Introduction to Intel SGX", "Discovering
// Support for Intel SGX"), and whether it is a processor that says it.
#pragma once

#include <cstdint>
#include <string>

#include "arch/attributes.h"
#include "kernel/port/host_facts.h"
#include "strongroom/result.h"

namespace strongroom::tee::sgx {

// All that an SSA frame of one page, and the enclave kernel, know to save.
inline constexpr uint64_t kUsableXfrm = arch::kXfrmLegacy | arch::kXfrmAvx | arch::kXfrmAvx512;

struct ProcessorSgx {
  bool sgx2 = false;
  bool aex_notify = false;  // ATTRIBUTES.AEXNOTIFY and EDECCSSA
  uint32_t misc_select = 0;
  uint64_t xfrm = 0;
};
// kUnsupported where the processor has no SGX. Under the emulator, on processors that do not let CPUID be
// intercepted, what the emulator offers.
Result<ProcessorSgx> read_processor();

// Whether the emulator of the tests (emulator/sgx) stands in for the processor. Then nothing is protected,
// and nothing may be reported as hardware.
bool is_emulated();
// The file of that emulator; empty where there is none.
std::string emulator_file();

// What an enclave is told of CPUID: this processor's answers, without what cannot be used there.
kernel::CpuidTable enclave_cpuid(uint64_t xfrm);

}  // namespace strongroom::tee::sgx
