// Any bytes are a message or an error, and a message that was read is written as the same bytes again.
#include "host/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::host;
  const auto message = decode({data, size});
  if (!message) return 0;
  const strongroom::Bytes again = encode(*message);
  const auto twice = decode(again);
  if (!twice || encode(*twice) != again || twice->index() != message->index()) __builtin_trap();
  return 0;
}
