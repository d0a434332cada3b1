// What the check of a SIGSTRUCT costs at each launch, and of it the signature alone.
#include <benchmark/benchmark.h>

#include "arch/sigstruct.h"
#include "crypto/test_signing_key.h"

namespace strongroom::arch {
namespace {

void check_sigstruct_whole(benchmark::State& state) {
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  Sigstruct sigstruct = make_sigstruct({});
  if (!sign_sigstruct(sigstruct, key)) state.SkipWithError("not signed");
  for (auto _ : state) {
    if (find_fault(sigstruct)) state.SkipWithError("refused");
  }
}
BENCHMARK(check_sigstruct_whole);

void verify_signature_alone(benchmark::State& state) {
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  const auto message = sigstruct_signed_bytes(make_sigstruct({}));
  const crypto::RsaNumber signature = key.sign(message).value();
  for (auto _ : state) {
    if (!key.public_key().verify(message, signature)) state.SkipWithError("refused");
  }
}
BENCHMARK(verify_signature_alone);

void make_public_key(benchmark::State& state) {
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::RsaPublicKey::from_modulus(key.public_key().modulus()));
}
BENCHMARK(make_public_key);

void compute_quotients(benchmark::State& state) {
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  const crypto::RsaNumber signature = key.sign({}).value();
  for (auto _ : state) benchmark::DoNotOptimize(crypto::rsa_quotients(key.public_key().modulus(), signature));
}
BENCHMARK(compute_quotients);

}  // namespace
}  // namespace strongroom::arch
