// Whatever a host answers, an enclave that wants a quote refuses it or gets one of its own report.
#include <algorithm>

#include "arch/quote_token.h"
#include "enclave/testing/scripted_quote.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom;
  ByteReader script({data, size});
  std::vector<Result<Bytes>> answers;
  while (!script.at_end() && answers.size() < 2) {
    const auto length = script.little<uint16_t>("length");
    if (!length) break;
    const auto answer = script.bytes(std::min<size_t>(*length, script.remaining()), "answer");
    answers.emplace_back(to_bytes(*answer));
  }
  enclave::testing::ScriptedQuote parties(std::move(answers));
  const Bytes request = ByteWriter().little(uint32_t{8}).zeros(8).little(uint32_t{0}).take();
  ByteReader reader(request);
  const auto token = enclave::make_quote_token(parties, reader);
  if (token && token->size() > arch::kMaximumQuote + 256) __builtin_trap();
  return 0;
}
