// Fuzz target: collateral of every kind, recognised by its content.
#include <cstddef>
#include <cstdint>

#include "attest/intel/pck.h"
#include "base/bytes.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  strongroom::attest::Collateral collateral;
  (void)collateral.add(bytes, "fuzz");
  (void)strongroom::attest::intel::parse_pck_extensions(bytes);
  return 0;
}
