// Fuzz target: TPM quotes.
#include <cstddef>
#include <cstdint>

#include "attest/tpm/tpm_quote.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::tpm::parse_tpm_quote(bytes);
  return 0;
}
