// A counter that survives the enclave: its state is sealed, the host keeps it, and an old state is refused.
// Input: the state that the host kept, or nothing the first time. Output: the new state. Error: the new
// value.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <iterator>
#include <vector>

#include "strongroom/enclave.h"

namespace {

namespace enclave = strongroom::enclave;
using strongroom::Error;

constexpr enclave::CounterName kCounter = {'s', 'e', 'a', 'l', 'e', 'd', ' ',
                                           'c', 'o', 'u', 'n', 't', 'e', 'r'};
constexpr uint8_t kPurpose[] = {'s', 't', 'a', 't', 'e'};

struct State {
  uint64_t version;  // of the keeper's counter that this state belongs to
  uint64_t value;    // what the sample counts
};

int fail(const Error& error) {
  std::fprintf(stderr, "sealed_counter: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main() {
  const std::vector<uint8_t> kept{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  const auto version = enclave::read_counter(enclave::SealTo::kEnclave, kCounter);
  if (!version) return fail(version.error());

  State state{0, 0};
  if (!kept.empty()) {
    const auto plaintext = enclave::unseal(kept, kPurpose);
    if (!plaintext) return fail(plaintext.error());
    if (plaintext->size() != sizeof state) return fail({strongroom::ErrorCode::kMalformed, "not a state"});
    std::memcpy(&state, plaintext->data(), sizeof state);
  }
  // A state one ahead was written, and the enclave ended before the counter followed: it was never counted,
  // nor told.
  const bool present = state.version == *version;
  const bool pending = !kept.empty() && state.version == *version + 1;
  if (!present && !pending) {
    std::fprintf(stderr,
                 "sealed_counter: rollback refused: this state is number %llu, the keeper counts %llu\n",
                 static_cast<unsigned long long>(state.version), static_cast<unsigned long long>(*version));
    return 2;
  }

  if (present) state = {*version + 1, state.value + 1};
  const auto* bytes = reinterpret_cast<const uint8_t*>(&state);
  const auto sealed = enclave::seal(enclave::SealTo::kEnclave, {bytes, sizeof state}, kPurpose);
  if (!sealed) return fail(sealed.error());
  // First the state goes out, then the counter follows, then the value is told. Ended in between, nothing is
  // lost, and nothing was told that could be taken back.
  if (write(STDOUT_FILENO, sealed->data(), sealed->size()) != static_cast<ssize_t>(sealed->size())) return 1;
  const auto counted = enclave::increment_counter(enclave::SealTo::kEnclave, kCounter);
  if (!counted) return fail(counted.error());
  std::fprintf(stderr, "%llu\n", static_cast<unsigned long long>(state.value));
  return 0;
}
