// The parts of probe_platform().
#pragma once

#include "tee/platform.h"

namespace strongroom::tee {

Processor probe_processor();
Kernel probe_kernel();
Kvm probe_kvm(const Processor& processor);

// "6.1.0-18-amd64" -> 6, 1. Zeros where the text does not begin with two numbers.
KernelVersion parse_kernel_release(std::string_view release);

}  // namespace strongroom::tee
