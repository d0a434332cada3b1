// Fuzz target: the CBOR reader and COSE_Sign1.
#include <cstddef>
#include <cstdint>

#include "attest/cose.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::parse_cbor(bytes);
  (void)strongroom::attest::parse_cose_sign1(bytes);
  return 0;
}
