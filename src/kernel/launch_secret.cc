#include "kernel/launch_secret.h"

namespace strongroom::kernel {

// Found by this name in the image's symbols. In .data although it is zero: its page then counts as filled
// from the start, and is cleared when the enclave is freed.
extern "C" {
__attribute__((section(".data"),
               used)) constinit uint8_t strongroom_launch_secret[arch::kLaunchSecretSize] = {};
}

const uint8_t (&launch_secret())[arch::kLaunchSecretSize] {
  // The compiler does not see who writes it.
  asm volatile("" : : "r"(strongroom_launch_secret) : "memory");
  return strongroom_launch_secret;
}

}  // namespace strongroom::kernel
