// What the image tells the kernel.
#pragma once

#include "arch/image_header.h"

namespace strongroom::kernel {

// The header in the enclave's first page: measured, read-only.
const arch::ImageHeader& image_header();

}  // namespace strongroom::kernel
