// What verifying one piece of evidence costs beside the bare signature checks that it needs, with everything
// of the chain remembered (a VerificationCache) and with nothing; how many allocations it makes; and what a
// second thread adds, beside what two processes that share nothing add to bare signature checks, which is as
// much as this machine gives. Rounds interleave value and floor; the figures are medians. Of the rounds on
// two cores those count in which the kernel ran nothing else on either.
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <thread>

#include "attest/testing/amd_world.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "base/file.h"
#include "crypto/public_key.h"
#include "report.h"

namespace {

// Of each thread its own: a shared counter would be what two threads wait for.
thread_local uint64_t allocations = 0;

void* counted(size_t size, const char*, int) {
  ++allocations;
  return std::malloc(size);
}
void* counted_again(void* old, size_t size, const char*, int) {
  ++allocations;
  return std::realloc(old, size);
}
void released(void* memory, const char*, int) {
  std::free(memory);
}

}  // namespace

// Not inlined: the compiler would see malloc() freed by delete, and warn.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
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
  const uint64_t before = allocations;
  if (!work()) return 0;
  return allocations - before;
}

// A round takes some 10 ms, so that rounds fit between what else the machine does, and rounds of all the
// works take turns, so that its mood is the same for all.
constexpr int kBatchRounds = 161;
constexpr double kBatchMicroseconds = 7'000;

void stay_on(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

void repeat(const Work& work, int count) {
  for (int i = 0; i < count; ++i)
    if (!work()) std::abort();
}

// Whether this thread had its core to itself since this was made: the kernel has not taken it away for
// another's sake, or for less than a fiftieth of the time. Waiting for a lock is no such thing.
class Undisturbed {
 public:
  explicit operator bool() const {
    const double wall = now(CLOCK_MONOTONIC) - wall_, processor = now(CLOCK_THREAD_CPUTIME_ID) - processor_;
    return preemptions() == preemptions_ || wall - processor < wall / 50;
  }

 private:
  static double now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  static long preemptions() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
  }
  long preemptions_ = preemptions();
  double wall_ = now(CLOCK_MONOTONIC), processor_ = now(CLOCK_THREAD_CPUTIME_ID);
};

// Wall time of one work, and whether the cores were its own meanwhile.
struct Measured {
  double microseconds = 0;
  bool disturbed = false;
};

Measured on_one_core(const Work& work, int count) {
  const Undisturbed undisturbed;
  const auto start = std::chrono::steady_clock::now();
  repeat(work, count);
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  return {time.count() / count, !undisturbed};
}

// Half of the batch here while `other` does the rest elsewhere, in wall time: from when it says that it is
// there to when both are done. What it takes to start a thread or a process is not counted.
struct Turn {
  std::atomic<bool> there = false, start = false, done = false, disturbed = false;

  // Of the one that is waited for.
  void take(const Work& work, int count) {
    stay_on(1);
    there = true;
    while (!start) {
    }
    const Undisturbed undisturbed;
    repeat(work, count / 2);
    if (!undisturbed) disturbed = true;
    done = true;
  }
  Measured share(const Work& work, int count) {
    while (!there) sched_yield();
    const Undisturbed undisturbed;
    const auto begin = std::chrono::steady_clock::now();
    start = true;
    repeat(work, count / 2);
    while (!done) {
    }
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
    return {time.count() / count, disturbed || !undisturbed};
  }
};

Measured on_two_threads(const Work& work, int count) {
  Turn turn;
  std::thread other([&] { turn.take(work, count); });
  const Measured measured = turn.share(work, count);
  other.join();
  return measured;
}

Measured in_two_processes(const Work& work, int count) {
  void* shared = mmap(nullptr, sizeof(Turn), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) std::abort();
  auto* turn = new (shared) Turn;
  const pid_t other = fork();
  if (other == 0) {
    repeat(work, 8);  // its first writes copy pages
    turn->take(work, count);
    _exit(0);
  }
  if (other < 0) std::abort();
  const Measured measured = turn->share(work, count);
  int status = 0;
  if (waitpid(other, &status, 0) != other || status != 0) std::abort();
  munmap(shared, sizeof(Turn));
  return measured;
}

// A batch on one core against the same batch on two.
struct Scaling {
  std::string name;
  Work work;
  Measured (*on_two)(const Work&, int count);
  int count = 0;
  // Of each round; the first pair holds rounds in which nothing else ran on the two cores.
  std::vector<double> one_alone{}, two_alone{}, one{}, two{};

  void prepare() {
    repeat(work, 16);
    count = std::max(16, static_cast<int>(kBatchMicroseconds / on_one_core(work, 16).microseconds) / 2 * 2);
  }
  void round() {
    const Measured first = on_one_core(work, count), second = on_two(work, count);
    one.push_back(first.microseconds);
    two.push_back(second.microseconds);
    if (first.disturbed || second.disturbed) return;
    one_alone.push_back(first.microseconds);
    two_alone.push_back(second.microseconds);
  }
  // Where hardly a round was alone, all of them count.
  Row row() {
    const bool alone = one_alone.size() >= 7;
    fmt::print("{}: {} of {} rounds had the cores alone{}\n", name, one_alone.size(), one.size(),
               alone ? "" : ", too few: all count");
    return bench::make_row(name, "host", bench::median(alone ? two_alone : two), "us",
                           bench::median(alone ? one_alone : one), Bound::kAtLeast, 1.8);
  }
};

std::vector<Row> measure_scaling() {
  VerificationCache cache;
  const Work bare_checks = bare(Key::Kind::kP256, 2);
  std::vector<Scaling> all;
  all.push_back({"attest/p256/batch_in_two_processes", bare_checks, in_two_processes});
  all.push_back({"attest/p256/batch_on_two_cores", bare_checks, on_two_threads});
  for (const Evidence& evidence : all_evidence())
    all.push_back(
        {fmt::format("attest/{}/batch_on_two_cores", evidence.name),
         [&cache, verify = evidence.verify] { return verify(&cache).verdict == Verdict::kAccepted; },
         on_two_threads});
  cpu_set_t before;
  sched_getaffinity(0, sizeof before, &before);
  stay_on(0);
  for (Scaling& scaling : all) scaling.prepare();
  for (int round = 0; round < kBatchRounds; ++round)
    for (Scaling& scaling : all) scaling.round();
  sched_setaffinity(0, sizeof before, &before);
  std::vector<Row> rows;
  for (Scaling& scaling : all) rows.push_back(scaling.row());
  return rows;
}

// A real quote with its collateral, nothing remembered, against what bench/peer measured of another verifier.
std::optional<Row> against_peer() {
  const char *peer = std::getenv("STRONGROOM_PEER_MICROSECONDS"), *given = std::getenv("STRONGROOM_VECTORS");
  if (peer == nullptr || *peer == '\0') return std::nullopt;
  const std::string root = given == nullptr ? "../shared/vectors" : given;
  const auto quote = read_file(root + "/dev/sgx/v3_sgx_litentry-parachain_5c34df20.bin");
  const auto bundle = read_file(root + "/dev/bundles/dcap-qvl_sgx_quote_collateral.json");
  Collateral collateral;
  if (!quote || !bundle || !collateral.add(*bundle, "bundle")) return std::nullopt;
  VerificationOptions options;
  options.time = Time(std::chrono::seconds(1750500000));  // as in bench/peer
  options.collateral = &collateral;
  const Work work = [&] { return strongroom::attest::verify(*quote, options).authentic; };
  std::vector<double> values;
  for (int round = 0; round < kRounds; ++round) values.push_back(microseconds_each(work));
  return bench::make_row("attest/sgx_of_hardware/with_chain_beside_dcap_qvl", "host", bench::median(values),
                         "us", std::strtod(peer, nullptr), Bound::kAtLeast, 1);
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
  for (Row& row : measure_scaling()) rows.push_back(std::move(row));
  if (auto row = against_peer()) rows.push_back(std::move(*row));
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
