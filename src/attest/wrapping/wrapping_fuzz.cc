// Fuzz target: text and JSON around evidence.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "attest/wrapping/dstack_events.h"
#include "attest/wrapping/text.h"
#include "attest/wrapping/tool_json.h"
#include "attest/wrapping/wrapping_format.h"
#include "base/encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace attest = strongroom::attest;
  const strongroom::ByteView bytes(data, size);
  for (const auto& reading : attest::wrapping::readings(strongroom::as_text(bytes))) {
    // What was read is read again from what it is written as.
    bool found = false;
    for (const auto& again : attest::wrapping::readings(strongroom::to_base64(reading.bytes)))
      found = found || again.bytes == reading.bytes;
    if (!found) std::abort();
  }
  (void)attest::wrapping::read_tool_json(bytes);
  (void)attest::wrapping::innermost(bytes);
  attest::Assessment assessment;
  attest::wrapping::judge_dstack_events(strongroom::as_text(bytes), assessment);
  attest::Collateral collateral;
  (void)collateral.add(bytes, "fuzz");
  attest::VerificationOptions options;
  options.time = attest::Time(std::chrono::seconds(1772323200));
  options.collateral = &collateral;
  (void)attest::verify(bytes, options);
  return 0;
}
