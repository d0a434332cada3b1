// Fuzz target: evidence of Strongroom's enclaves in SGX.
#include <cstddef>
#include <cstdint>

#include "attest/eat/quote_token.h"
#include "attest/structure/structure.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom;
  const ByteView bytes(data, size);
  // What is taken has one encoding: the bytes that were read.
  if (const auto token = attest::eat::parse_quote_token(bytes))
    if (!equal(arch::encode_quote_token(*token), bytes)) __builtin_trap();
  attest::VerificationOptions options;
  options.time = attest::Time(std::chrono::seconds(1800000000));
  if (attest::verify(bytes, options).verdict == attest::Verdict::kAccepted) __builtin_trap();
  (void)attest::structure_of(bytes);
  return 0;
}
