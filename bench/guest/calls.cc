// The enclave of the benchmark of calls.
#include <strongroom/enclave.h>

#include "../batches.h"
#include "calls_enclave.h"

namespace calls::ecall {

void nothing() {}
void nothing_switchless() {}
void take(std::span<const uint8_t> bytes) {
  // All that is measured is the way in; the bytes must have come.
  asm volatile("" : : "r"(bytes.data()) : "memory");
}
void ask(uint32_t times) {
  for (uint32_t i = 0; i < times; ++i)
    if (!host::nothing_outside()) strongroom::enclave::abort("the host does not answer");
}
uint64_t ask_switchless(uint32_t batches) {
  return strongroom::bench::median_batch(static_cast<int>(batches), [] {
    if (!host::nothing_outside_switchless()) strongroom::enclave::abort("the host does not answer");
  });
}

}  // namespace calls::ecall

int main() {
  return strongroom::enclave::run(calls::serve, {.switchless_workers = 1});
}
