// The trusted part: an ordinary program whose main() serves calls.
#include <strongroom/enclave.h>

#include <stdexcept>
#include <string>

#include "hello_enclave.h"

namespace hello::ecall {

// `text` is a private copy: the host cannot change it any more.
uint64_t count_bytes(std::span<const uint8_t> text, std::span<uint64_t, 256> counts) {
  for (const uint8_t byte : text) ++counts[byte];
  return text.size();
}

void greet(std::string_view name) {
  if (name.empty()) throw std::invalid_argument("nobody to greet");  // becomes the error of the host's call
  const auto printed = host::print("hello " + std::string(name) + ", from the enclave");
  if (!printed) throw std::runtime_error(printed.error().message);
}

}  // namespace hello::ecall

int main() {
  return strongroom::enclave::run(hello::serve);
}
