// Fuzz target: wrappers around evidence; what was read is written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "attest/cmw/cmw.h"
#include "strongroom/attest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  namespace cmw = strongroom::attest::cmw;
  (void)cmw::looks_like_cmw(bytes);
  if (const auto message = cmw::parse_cmw(bytes)) {
    if (!cmw::parse_cmw(cmw::to_cbor(*message))) std::abort();
    if (!cmw::parse_cmw(strongroom::as_bytes(cmw::to_json(*message)))) std::abort();
  }
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
