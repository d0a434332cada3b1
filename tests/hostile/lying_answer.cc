// Lies about the result of every second host call or so, as $STRONGROOM_LIES, a number, says, and leaves
// garbage where the enclave looks. What only the host can do is done all the same: threads sleep, wake and
// end.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <random>

#include "tee/answer.h"

namespace strongroom::tee {
namespace {

using kernel::HostCall;

constexpr int64_t kLies[] = {0,
                             1,
                             7,
                             -1,
                             -4,
                             -5,
                             -11,
                             -14,
                             -28,
                             -32,
                             -38,
                             -110,
                             -512,
                             -4095,
                             -4096,
                             INT64_MIN,
                             INT64_MAX,
                             65408,
                             65409,
                             65536,
                             UINT32_MAX,
                             int64_t{1} << 32,
                             INT64_MIN + 1};

class Liar {
 public:
  bool wants_to() { return random_() % 2 == 0; }
  int64_t result(int64_t truth) {
    const uint64_t choice = random_();
    if (choice % 4 == 0) return static_cast<int64_t>(random_());
    if (choice % 4 == 1) return truth + 1;
    return kLies[choice / 4 % std::size(kLies)];
  }
  uint8_t byte() { return static_cast<uint8_t>(random_()); }

 private:
  static uint64_t seed() {
    const char* given = std::getenv("STRONGROOM_LIES");
    return given == nullptr ? 0 : std::strtoull(given, nullptr, 10);
  }
  std::mt19937_64 random_{seed()};
};

}  // namespace

void give_answer(HostCall call, kernel::Exchange& exchange, int64_t result) {
  static std::mutex mutex;
  static Liar liar;
  const std::lock_guard lock(mutex);
  // In `vm` the monitor is trusted to start processors and to flush their translations.
  const bool trusted = call == HostCall::kThreadStart || call == HostCall::kFlush;
  if (!trusted && liar.wants_to()) {
    result = liar.result(result);
    const size_t begin = call == HostCall::kConsoleRead ? liar.byte() : 0;
    if (liar.wants_to()) std::memset(exchange.payload + begin, liar.byte(), sizeof exchange.payload - begin);
    if (liar.wants_to()) std::memset(exchange.arguments, liar.byte(), sizeof exchange.arguments);
    if (liar.wants_to()) exchange.call = liar.byte();
  }
  __atomic_store_n(&exchange.result, result, __ATOMIC_RELEASE);
}

}  // namespace strongroom::tee
