// Fuzz target: Nitro documents: CBOR, COSE_Sign1, certificates.
#include <cstddef>
#include <cstdint>

#include "attest/nitro/nitro_document.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::nitro::parse_document(bytes);
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
