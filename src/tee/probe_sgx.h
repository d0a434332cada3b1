// Why SGX can or cannot be used: what was found of processor, firmware, kernel, devices and Intel's services,
// and what follows from it.
#pragma once

#include <string>

#include "tee/platform.h"

namespace strongroom::tee {

// What the firmware has written into IA32_FEATURE_CONTROL (Intel SDM volume 4, MSR 3AH), where it can be
// read.
enum class FirmwareSgx { kUnknown, kUnlocked, kDisabled, kWithoutLaunchControl, kEnabled };

struct SgxFacts {
  bool emulated = false;  // libsgxemu.so is preloaded: nothing that the processor seems to say is its word
  bool intel = false;
  bool processor = false;         // CPUID leaf 7: SGX
  bool sgx2 = false;              // CPUID leaf 12H: EAUG, EMODT...
  bool launch_control = false;    // CPUID leaf 7: SGX_LC
  bool exinfo = false;            // MISCSELECT.EXINFO
  bool aex_notify = false;        // CPUID leaf 12H: ATTRIBUTES.AEXNOTIFY and EDECCSSA
  bool protected_memory = false;  // CPUID leaf 12H: there is an EPC section
  bool in_virtual_machine = false;
  FirmwareSgx firmware = FirmwareSgx::kUnknown;
  KernelVersion kernel;
  bool kernel_configured = true;    // CONFIG_X86_SGX, as far as it is known
  bool kernel_told_not_to = false;  // `nosgx` on its command line
  int enclave_device = 0;           // 0, or the errno with which it cannot be opened
  int provision_device = 0;
  std::string enclave_group, provision_group;  // that own the devices; empty where nobody knows
  bool quote_library = false;                  // libsgx_dcap_ql.so.1
  bool quote_provider = false;                 // libdcap_quoteprov.so.1, or the default one's links
  bool quoting_enclaves = false;               // those that the library loads itself
  int aesm = 0;  // 0, or the errno with which Intel's architectural enclave service cannot be reached
};

SgxFacts probe_sgx(const KernelVersion& kernel);

// Whether enclaves can run. The first reason why not, from the processor up, with its remedy. Pure.
Feature explain_sgx(const SgxFacts& facts);
// Whether quotes can be made of them. Pure.
Feature explain_sgx_quotes(const SgxFacts& facts);

}  // namespace strongroom::tee
