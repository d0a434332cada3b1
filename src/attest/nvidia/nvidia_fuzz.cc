// Fuzz target: NVIDIA reports, bare and as JSON.
#include <cstddef>
#include <cstdint>

#include "attest/nvidia/gpu_report.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::nvidia::parse_report(bytes);
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
