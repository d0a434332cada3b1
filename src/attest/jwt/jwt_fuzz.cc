// Fuzz target: tokens and key sets.
#include <cstddef>
#include <cstdint>

#include "attest/jwk.h"
#include "attest/jwt/jwt.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::jwt::parse_jwt(bytes);
  (void)strongroom::attest::parse_jwks(bytes);
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
