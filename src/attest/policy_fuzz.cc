// Fuzz target: policy files.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  if (const auto policy = strongroom::attest::Policy::parse(strongroom::as_text(bytes), "fuzz"))
    (void)policy->explain();
  return 0;
}
