// Fuzz target: PSA and CCA tokens.
#include <cstddef>
#include <cstdint>

#include "attest/arm/arm_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  if (const auto token = strongroom::attest::arm::parse_cca(bytes))
    (void)strongroom::attest::arm::realm_key(token->realm);
  (void)strongroom::attest::arm::parse_psa(bytes);
  return 0;
}
