// Fuzz target: HCL reports and the JSON around them.
#include <cstddef>
#include <cstdint>

#include "attest/azure/azure_evidence.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::azure::parse_azure(bytes);
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
