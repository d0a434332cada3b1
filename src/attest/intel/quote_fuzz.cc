// Fuzz target: SGX and TDX quotes, through parsing, chain and signatures.
#include <cstddef>
#include <cstdint>

#include "attest/intel/quote.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::intel::parse_quote(bytes);
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
