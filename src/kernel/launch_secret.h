// What the keeper shares with this launch alone.
#pragma once

#include <cstdint>

#include "arch/own_calls.h"

namespace strongroom::kernel {

// The loader puts the secret here after it has measured the image and before the enclave's first instruction;
// in the image it is zero, and it stays zero where no keeper serves the enclave. Read only.
const uint8_t (&launch_secret())[arch::kLaunchSecretSize];

}  // namespace strongroom::kernel
