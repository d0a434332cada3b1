// The enclave's own description, and its start.
#pragma once

#include <cstdint>

#include "arch/image_header.h"
#include "kernel/host_interface.h"

namespace strongroom::kernel {

// The address at which the enclave was loaded.
uint64_t enclave_base();
// The measured first page.
const arch::ImageHeader& image_header();
inline uint64_t enclave_end() {
  return enclave_base() + image_header().enclave_size;
}

// Whether the host asked for `--trace`.
bool trace_requested();

// How many processors the host says it gives; a hint for spinning.
uint32_t processor_count();

// From a port's entry point, on slot 0's kernel stack: checks where the exchanges are, sets the GS base, then
// start_thread(). Exchanges of all slots lie side by side from `exchanges` on, outside the enclave.
[[noreturn]] void start_enclave(uint64_t exchanges);
Exchange* exchange_of_slot(uint32_t slot);
// Takes from the host's StartBlock what trace_requested() and processor_count() answer.
void take_start_block(const Exchange& exchange);

// Loads the program and jumps to it; the rest of thread 0's life.
[[noreturn]] void run_program();

}  // namespace strongroom::kernel
