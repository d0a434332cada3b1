// The enclave of the tests of calls.
#include <strongroom/enclave.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>

#include "trial_enclave.h"

namespace trial::ecall {

uint64_t add(uint64_t a, uint64_t b) {
  return a + b;
}

uint64_t sum(std::span<const uint8_t> bytes) {
  if (!strongroom::enclave::is_inside(bytes.data(), bytes.size()))
    throw std::runtime_error("arguments outside");
  return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
}

void reverse(std::span<const uint8_t> from, std::span<uint8_t> to) {
  std::reverse_copy(from.begin(), from.end(), to.begin());
}

uint64_t descend(uint32_t depth) {
  if (depth == 0) return 0;
  const auto below = host::deeper(depth - 1);
  if (!below) throw std::runtime_error(below.error().message.substr(below.error().message.rfind("trial.")));
  return *below + 1;
}

uint64_t descend_further(uint32_t depth) {
  return descend(depth);
}

void throw_up(std::string_view message) {
  throw std::runtime_error(std::string(message));
}

void end(int how) {
  if (how == 0) std::exit(7);
  if (how == 1) strongroom::enclave::abort("the test wants the end");
  volatile uintptr_t nowhere = 16;
  *reinterpret_cast<volatile int*>(nowhere) = 1;
}

uint64_t ask(uint64_t value, uint32_t times) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < times; ++i) {
    const auto answer = host::answer(value + i);
    if (!answer) throw std::runtime_error(answer.error().message);
    total += *answer;
  }
  return total;
}

uint64_t add_switchless(uint64_t a, uint64_t b) {
  return a + b;
}

uint64_t ask_switchless(uint64_t value, uint32_t times) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < times; ++i) {
    const auto answer = host::answer_switchless(value + i);
    if (!answer) throw std::runtime_error(answer.error().message);
    total += *answer;
  }
  return total;
}

uint64_t descend_switchless(uint32_t depth) {
  if (depth == 0) return 0;
  const auto below = host::deeper_switchless(depth - 1);
  if (!below) throw std::runtime_error(below.error().message.substr(below.error().message.rfind("trial.")));
  return *below + 1;
}

uint64_t ask_in_vain() {
  const auto refused = host::refuse("no");
  if (refused) throw std::runtime_error("the host's exception did not arrive");
  if (refused.error().message.find("refused: no") == std::string::npos)
    throw std::runtime_error("the host's exception lost its message: " + refused.error().message);
  (void)host::hang();
  return 1;
}

// Looks at every byte twice; the host must not be able to make a difference.
uint64_t changes_while_read(std::span<const uint8_t> bytes) {
  uint64_t different = 0;
  for (int round = 0; round < 100; ++round) {
    const uint64_t first = std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
    asm volatile("" : : "r"(bytes.data()) : "memory");
    different += std::accumulate(bytes.begin(), bytes.end(), uint64_t{0}) != first ? 1 : 0;
  }
  return different;
}

}  // namespace trial::ecall

int main() {
  return strongroom::enclave::run(trial::serve, {.switchless_workers = 2});
}
