// Fuzz target: tokens of Strongroom's keepers, with the evidence of their roots.
#include <cstddef>
#include <cstdint>

#include "attest/eat/keeper_token.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  // What is taken has one encoding: the bytes that were read.
  if (const auto token = strongroom::attest::eat::parse_keeper_token(bytes))
    if (!strongroom::equal(strongroom::arch::encode_claims(token->claims), token->envelope.payload))
      __builtin_trap();
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
