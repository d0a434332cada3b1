// The platform that is emulated, the same in every process: its root keys derive from a public constant, so
// nothing that it seals, reports or signs is worth anything.
#pragma once

#include "arch/platform.h"

namespace strongroom::sgx {

inline arch::Platform emulated_platform() {
  constexpr std::string_view kPublicSecret = "the SGX emulator of Strongroom: not a secret";
  arch::Platform platform{};
  platform.secret = arch::derive_platform_secret(as_bytes(kPublicSecret), "sgx-emulator");
  platform.cpu_svn.fill(1);
  platform.report_key_id.fill(0x5e);
  return platform;
}

}  // namespace strongroom::sgx
