// What verifying one piece of evidence costs beside the bare signature checks that it needs, with everything
// of the chain remembered (a VerificationCache) and with nothing; how many allocations it makes; and what a
// second thread adds. Rounds interleave value and floor; the figures are medians.
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <new>
#include <thread>

#include "attest/testing/amd_world.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "crypto/public_key.h"
#include "report.h"

namespace {

std::atomic<uint64_t> allocations{0};

void* counted(size_t size, const char*, int) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
void* counted_again(void* old, size_t size, const char*, int) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::realloc(old, size);
}
void released(void* memory, const char*, int) {
  std::free(memory);
}

}  // namespace

// Not inlined: the compiler would see malloc() freed by delete, and warn.
[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace strongroom::attest::testing {
namespace {

using bench::Bound;
using bench::Row;
using Work = std::function<bool()>;

constexpr int kRounds = 41, kRepeats = 8;

// Of this thread's own processor time: what else the machine does is not part of the cost.
double processor_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double microseconds_each(const Work& work) {
  const double start = processor_microseconds();
  for (int i = 0; i < kRepeats; ++i)
    if (!work()) return 0;
  return (processor_microseconds() - start) / kRepeats;
}

Row compare(std::string name, const Work& value, const Work& floor, double target) {
  std::vector<double> values, floors;
  for (int round = 0; round < kRounds; ++round) {
    floors.push_back(microseconds_each(floor));
    values.push_back(microseconds_each(value));
  }
  return bench::make_row(std::move(name), "host", bench::median(values), "us", bench::median(floors),
                         Bound::kAtMost, target);
}

// Signatures verified with a key that is at hand.
Work bare(Key::Kind kind, int count) {
  const Key key = Key::make(kind);
  const Bytes message(500, 1), signature = key.sign(message);
  const auto public_key = crypto::PublicKey::from_spki(key.spki()).value();
  return [=] {
    for (int i = 0; i < count; ++i) {
      const bool good =
          kind == Key::Kind::kRsa2048
              ? crypto::verify_rsa_pkcs1(public_key, crypto::HashAlgorithm::kSha256, message, signature)
                    .has_value()
              : crypto::verify_ecdsa(public_key,
                                     kind == Key::Kind::kP256 ? crypto::HashAlgorithm::kSha256
                                                              : crypto::HashAlgorithm::kSha384,
                                     message, signature)
                    .has_value();
      if (!good) return false;
    }
    return true;
  };
}
Work both(Work first, Work second) {
  return [=] { return first() && second(); };
}

struct Evidence {
  const char* name;
  std::function<VerificationResult(VerificationCache*)> verify;
  Work floor_cached, floor_chain;
};

template <typename Case>
std::function<VerificationResult(VerificationCache*)> verifier(std::shared_ptr<Case> made) {
  return [made](VerificationCache* cache) {
    VerificationOptions options = made->options;
    options.cache = cache;
    return strongroom::attest::verify(made->evidence, options);
  };
}

// The signatures of each. Quotes: enclave and quoting enclave; with the chain PCK, authority, root, signer of
// documents, two documents, two lists. Reports: one; with the chain three of RSA. Documents: one; with the
// chain three more.
std::vector<Evidence> all_evidence() {
  const Work p256_2 = bare(Key::Kind::kP256, 2), p256_10 = bare(Key::Kind::kP256, 10);
  const Work p384_1 = bare(Key::Kind::kP384, 1), p384_4 = bare(Key::Kind::kP384, 4);
  return {{"sgx", verifier<IntelCase>(build(good_intel(3, false, false))), p256_2, p256_10},
          {"tdx", verifier<IntelCase>(build(good_intel(4, true, false))), p256_2, p256_10},
          {"snp", verifier<AmdCase>(build(good_amd(3, "Milan", false))), p384_1,
           both(p384_1, bare(Key::Kind::kRsa2048, 3))},
          {"nitro", verifier<NitroCase>(build(good_nitro())), p384_1, p384_4}};
}

uint64_t allocations_of(const Work& work) {
  const uint64_t before = allocations.load();
  if (!work()) return 0;
  return allocations.load() - before;
}

// One batch on one thread against the same batch on two.
Row scaling(const Evidence& evidence) {
  constexpr int kBatch = 400;
  VerificationCache cache;
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i)
      if (evidence.verify(&cache).verdict != Verdict::kAccepted) std::abort();
  };
  run(8);
  std::vector<double> one, two;
  for (int round = 0; round < 9; ++round) {
    const auto start = std::chrono::steady_clock::now();
    run(kBatch);
    const auto middle = std::chrono::steady_clock::now();
    std::thread other([&] { run(kBatch / 2); });
    run(kBatch / 2);
    other.join();
    const auto end = std::chrono::steady_clock::now();
    one.push_back(std::chrono::duration<double, std::micro>(middle - start).count() / kBatch);
    two.push_back(std::chrono::duration<double, std::micro>(end - middle).count() / kBatch);
  }
  return bench::make_row(fmt::format("attest/{}/batch_on_two_cores", evidence.name), "host",
                         bench::median(two), "us", bench::median(one), Bound::kAtLeast, 1.8);
}

std::vector<Row> measure() {
  std::vector<Row> rows;
  for (const Evidence& evidence : all_evidence()) {
    VerificationCache cache;
    const auto accepted = [&](VerificationCache* with) {
      return evidence.verify(with).verdict == Verdict::kAccepted;
    };
    const Work cached = [&] { return accepted(&cache); };
    const Work whole = [&] { return accepted(nullptr); };
    rows.push_back(
        compare(fmt::format("attest/{}/chain_cached", evidence.name), cached, evidence.floor_cached, 1.25));
    rows.push_back(
        compare(fmt::format("attest/{}/with_chain", evidence.name), whole, evidence.floor_chain, 2));
    // Shown rather than judged: the target is a multiple that only a mistake would pass.
    rows.push_back(bench::make_row(fmt::format("attest/{}/allocations", evidence.name), "host",
                                   static_cast<double>(allocations_of(cached)), "allocations",
                                   static_cast<double>(allocations_of(evidence.floor_cached)), Bound::kAtMost,
                                   50));
  }
  rows.push_back(scaling(all_evidence().front()));
  return rows;
}

}  // namespace
}  // namespace strongroom::attest::testing

int main(int argc, char** argv) {
  // Before anything else uses OpenSSL.
  if (CRYPTO_set_mem_functions(counted, counted_again, released) != 1) return 1;
  if (argc != 3) {
    fmt::print(stderr, "usage: attest_bench BUILD-DIRECTORY OUTPUT.json\n");
    return 2;
  }
  const auto rows = strongroom::attest::testing::measure();
  if (const auto written = strongroom::bench::write_rows(argv[2], rows); !written) {
    fmt::print(stderr, "{}\n", written.error().message);
    return 1;
  }
  return 0;
}
