// The trusted part: functions that do nothing, and one worker for switchless calls.
#include <strongroom/enclave.h>

#include <stdexcept>

#include "switchless_enclave.h"

namespace switchless::ecall {

void nothing() {}
void nothing_switchless() {}

void call_out(uint32_t times) {
  for (uint32_t i = 0; i < times; ++i)
    if (const auto called = host::nothing_outside(); !called)
      throw std::runtime_error(called.error().message);
}

void call_out_switchless(uint32_t times) {
  for (uint32_t i = 0; i < times; ++i)
    if (const auto called = host::nothing_outside_switchless(); !called)
      throw std::runtime_error(called.error().message);
}

}  // namespace switchless::ecall

int main() {
  return strongroom::enclave::run(switchless::serve, {.switchless_workers = 1});
}
