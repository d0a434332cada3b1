#include "kernel/random.h"

#include <atomic>

#include "kernel/host_call.h"
#include "kernel/port/port.h"
#include "kernel/processor.h"

namespace strongroom::kernel {
namespace {

// Intel asks for ten tries of RDRAND (Intel SDM volume 1, section 7.3.17.1); RDSEED may be busy for longer.
constexpr int kTries = 10;
constexpr int kSeedTries = 1000;

// The repetition count test of NIST SP 800-90B, section 4.4.1: at 64 bits a sample, one repetition by chance
// has probability 2^-64.
constinit std::atomic<uint64_t> previous{0};

uint64_t random_word() {
  for (int i = 0; i < kTries; ++i) {
    uint64_t word;
    if (!processor::random(word)) continue;
    if (previous.exchange(word, std::memory_order_relaxed) == word)
      abort_enclave(AbortCause::kNoEntropy,
                    "RDRAND repeats itself; this processor's random generator is broken");
    return word;
  }
  abort_enclave(AbortCause::kNoEntropy, "RDRAND gives no numbers");
}

}  // namespace

void check_random_source() {
  const bool has_rdrand = (port::cpuid(1, 0).c & 1u << 30) != 0;
  const bool has_rdseed = (port::cpuid(7, 0).b & 1u << 18) != 0;
  if (!has_rdrand || !has_rdseed)
    abort_enclave(AbortCause::kNoEntropy,
                  "the processor has no RDRAND and RDSEED, and randomness is not taken from the host");
  uint64_t first = 0;
  uint64_t second = 0;
  for (int i = 0; i < kSeedTries && first == 0; ++i)
    if (!processor::seed(first)) processor::pause();
  for (int i = 0; i < kSeedTries && second == 0; ++i)
    if (!processor::seed(second)) processor::pause();
  if (first == 0 || first == second || first == UINT64_MAX)
    abort_enclave(AbortCause::kNoEntropy, "RDSEED is stuck; this processor's random generator is broken");
  for (int i = 0; i < 8; ++i) random_word();
}

void fill_random(void* out, size_t size) {
  auto* bytes = static_cast<uint8_t*>(out);
  while (size > 0) {
    const uint64_t word = random_word();
    const size_t count = size < sizeof word ? size : sizeof word;
    __builtin_memcpy(bytes, &word, count);
    bytes += count;
    size -= count;
  }
}

uint64_t random_below(uint64_t bound) {
  return random_word() % bound;
}

}  // namespace strongroom::kernel
