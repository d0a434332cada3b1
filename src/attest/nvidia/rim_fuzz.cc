// Fuzz target: NVIDIA manifests, through XML, certificates and signature.
#include <cstddef>
#include <cstdint>

#include "attest/nvidia/rim.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  const auto rim = strongroom::attest::nvidia::parse_rim(bytes);
  if (rim && !rim->certificates.empty())
    (void)strongroom::attest::nvidia::verify_rim_signature(bytes, rim->certificates.front());
  return 0;
}
