// Fuzz target: evidence that comes bundled (Oak's layers, Open Enclave's and Signal's framing, statements of
// confidential containers, detached tokens), and collateral as other verifiers keep it.
#include <cstddef>
#include <cstdint>

#include "attest/azure/uvm_endorsement.h"
#include "attest/collateral_bundle.h"
#include "attest/oak/oak_evidence.h"
#include "attest/openenclave/oe_evidence.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::attest;
  const ByteView bytes(data, size);
  (void)oak::parse_oak(bytes);
  (void)openenclave::parse_oe_evidence(bytes);
  (void)openenclave::parse_signal_handshake(bytes);
  (void)azure::parse_uvm_endorsement(bytes);
  (void)parts_of_bundle(bytes);
  VerificationOptions options;
  options.time = Time(std::chrono::seconds(1772323200));
  (void)verify(bytes, options);
  return 0;
}
