// What verifying one piece of evidence costs beside the bare signature checks that it needs.
#include <benchmark/benchmark.h>

#include "attest/testing/amd_world.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "crypto/public_key.h"

namespace strongroom::attest::testing {
namespace {

// Signatures of `kind` verified `count` times with a key that is at hand: the floor.
void floor_of(benchmark::State& state, Key::Kind kind, int count) {
  const Key key = Key::make(kind);
  const bool p256 = kind == Key::Kind::kP256;
  const Bytes message(500, 1);
  const Bytes signature = key.sign(message);
  const auto public_key =
      crypto::PublicKey::from_point(p256 ? crypto::KeyType::kP256 : crypto::KeyType::kP384, key.point())
          .value();
  const auto hash = p256 ? crypto::HashAlgorithm::kSha256 : crypto::HashAlgorithm::kSha384;
  for (auto _ : state)
    for (int i = 0; i < count; ++i)
      if (!crypto::verify_ecdsa(public_key, hash, message, signature)) state.SkipWithError("does not verify");
}

template <typename Made>
void verify_all(benchmark::State& state, const Made& made, bool cached) {
  VerificationCache cache;
  VerificationOptions options = made->options;
  if (cached) options.cache = &cache;
  for (auto _ : state)
    if (verify(made->evidence, options).verdict != Verdict::kAccepted) state.SkipWithError("not accepted");
}

// Chain cached: two signatures of a quote (enclave, quoting enclave). With the chain: those, PCK, authority,
// root, signer, two documents and two lists.
void sgx_floor_cached(benchmark::State& state) {
  floor_of(state, Key::Kind::kP256, 2);
}
void sgx_cached(benchmark::State& state) {
  verify_all(state, build(good_intel(3, false, false)), true);
}
void sgx_floor_chain(benchmark::State& state) {
  floor_of(state, Key::Kind::kP256, 10);
}
void sgx_chain(benchmark::State& state) {
  verify_all(state, build(good_intel(3, false, false)), false);
}
void tdx_cached(benchmark::State& state) {
  verify_all(state, build(good_intel(4, true, false)), true);
}
void tdx_chain(benchmark::State& state) {
  verify_all(state, build(good_intel(4, true, false)), false);
}
void p384_floor_cached(benchmark::State& state) {
  floor_of(state, Key::Kind::kP384, 1);
}
void snp_cached(benchmark::State& state) {
  verify_all(state, build(good_amd(3, "Milan", false)), true);
}
void nitro_cached(benchmark::State& state) {
  verify_all(state, build(good_nitro()), true);
}
void nitro_floor_chain(benchmark::State& state) {
  floor_of(state, Key::Kind::kP384, 4);
}
void nitro_chain(benchmark::State& state) {
  verify_all(state, build(good_nitro()), false);
}

BENCHMARK(sgx_floor_cached);
BENCHMARK(sgx_cached);
BENCHMARK(tdx_cached);
BENCHMARK(sgx_floor_chain);
BENCHMARK(sgx_chain);
BENCHMARK(tdx_chain);
BENCHMARK(p384_floor_cached);
BENCHMARK(snp_cached);
BENCHMARK(nitro_cached);
BENCHMARK(nitro_floor_chain);
BENCHMARK(nitro_chain);

}  // namespace
}  // namespace strongroom::attest::testing
