// Whatever the process of an enclave asks for, the answer is one.
#include <cstring>

#include "host/quoter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom;
  const host::QuoteSource source{
      .target_info = []() -> Result<arch::TargetInfo> { return arch::TargetInfo{}; },
      .quote = [](const arch::Report& report) -> Result<Bytes> { return to_bytes(object_bytes(report)); }};
  const Bytes answer = host::answer_quote_request({data, size}, source);
  uint32_t status = 0;
  if (answer.size() < sizeof status) __builtin_trap();
  std::memcpy(&status, answer.data(), sizeof status);
  // A report comes back as it went in.
  if (status == 0 && size == sizeof status + sizeof(arch::Report) &&
      std::memcmp(data + sizeof status, answer.data() + sizeof status, sizeof(arch::Report)) != 0)
    __builtin_trap();
  return 0;
}
