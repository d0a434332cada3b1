// How much memory an enclave takes beyond what its program takes natively.
#pragma once

#include <filesystem>

#include "strongroom/host.h"

namespace strongroom::bench {

// Runs a program that says "up" and then waits for the end of its input, natively and in the TEE, and
// compares what each holds for itself alone: pages of the holding processes that nobody shares, and memory of
// a virtual machine. Bytes; below 0 counts as 0.
Result<double> memory_beyond(const std::filesystem::path& program, const host::Image& image, host::Tee tee);

}  // namespace strongroom::bench
