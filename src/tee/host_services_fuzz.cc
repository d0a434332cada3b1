// Whatever an enclave puts into its exchange, the host serves it or refuses; no slot, stream or length that
// does not exist gets through.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "tee/host_services.h"

namespace {

constexpr uint32_t kSlots = 4;

class CheckingCalls : public strongroom::tee::TeeCalls {
 public:
  int64_t start_thread(uint32_t slot) override { return check(slot != 0 && slot < kSlots); }
  int64_t park(uint32_t slot, int64_t timeout_ns) override {
    return check(slot < kSlots && timeout_ns >= -1 && timeout_ns <= int64_t{1} << 62);
  }
  int64_t unpark(uint32_t slot) override { return check(slot < kSlots); }
  int64_t flush(uint32_t slot) override { return check(slot < kSlots); }

 private:
  static int64_t check(bool condition) {
    if (!condition) __builtin_trap();
    return 0;
  }
};

}  // namespace

// Each call: number, slot, four arguments of 8 bytes, state of the streams; the rest is payload.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using strongroom::kernel::Exchange;
  using strongroom::kernel::HostCall;
  static const int input = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  static const int output = open("/dev/null", O_WRONLY | O_CLOEXEC);
  static const auto exchange = std::make_unique<Exchange>();
  CheckingCalls calls;
  strongroom::tee::HostServices services(kSlots, calls);
  services.start(strongroom::Bytes(64, 0x5a), {input, output, output});
  constexpr size_t kCall = 2 + 4 * 8;
  bool ended = false;
  while (size >= kCall) {
    exchange->call = data[0] < 0xf0 ? data[0] : 0xffffff00u | data[0];
    std::memcpy(exchange->arguments, data + 2, 32);
    // A poll is the one call that waits.
    if (exchange->call == static_cast<uint32_t>(HostCall::kConsolePoll)) exchange->arguments[1] = 0;
    const uint32_t slot = data[1] % kSlots;
    data += kCall;
    size -= kCall;
    std::memcpy(exchange->payload, data, std::min<size_t>(size, strongroom::kernel::kExchangePayload));
    ended |= services.serve(slot, *exchange) == strongroom::tee::CallOutcome::kEnclaveEnded;
  }
  const strongroom::tee::EnclaveEnd end = services.end();
  if (ended && end.kind == strongroom::tee::EndKind::kFailed) __builtin_trap();
  if (!std::ranges::all_of(end.message, [](char c) { return c >= ' ' && c <= '~'; })) __builtin_trap();
  return 0;
}
