// Which machine is emulated, and RDTSC, which tells SGX1 from SGX2.
#include <linux/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "preload/driver.h"
#include "preload/signals.h"

// What programs find out by CPUID where it can be emulated, and here where it cannot.
extern "C" {
__attribute__((visibility("default"))) bool strongroom_sgx_emulator_has_sgx2 = true;
__attribute__((visibility("default"))) bool strongroom_sgx_emulator_has_aex_notify = true;
}

namespace strongroom::sgx {
namespace {

constexpr uint8_t kRdtsc[] = {0x0f, 0x31}, kRdtscp[] = {0x0f, 0x01, 0xf9};

Model chosen = Model::kSgx2;

}  // namespace

Model model() {
  return chosen;
}

bool choose_model() {
  const char* const wanted = std::getenv("STRONGROOM_SGX_EMULATOR_MODEL");
  const std::string_view name = wanted == nullptr ? "" : wanted;
  if (name == "sgx1")
    chosen = Model::kSgx1;
  else if (name == "linux5")
    chosen = Model::kLinux5;
  else if (!name.empty() && name != "sgx2")
    return false;
  processor().aex_notify = strongroom_sgx_emulator_has_aex_notify = chosen == Model::kSgx2;
  if (chosen != Model::kSgx1) return true;
  processor().sgx2 = false;
  processor().misc_select = 0;
  strongroom_sgx_emulator_has_sgx2 = false;
  return true;
}

void allow_timestamp(bool allowed) {
  if (processor().sgx2) return;
  syscall(SYS_prctl, PR_SET_TSC, allowed ? PR_TSC_ENABLE : PR_TSC_SIGSEGV, 0, 0, 0);
}

bool is_timestamp(uint64_t rip) {
  const auto* const code = reinterpret_cast<const void*>(rip);
  return std::memcmp(code, kRdtsc, sizeof kRdtsc) == 0 || std::memcmp(code, kRdtscp, sizeof kRdtscp) == 0;
}

}  // namespace strongroom::sgx
