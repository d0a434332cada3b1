// What calls across the boundary cost, against the least that handing over costs on this machine. Rounds
// interleave the calls and their floors; the figures are medians over rounds.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "calls_floor.h"
#include "calls_host.h"
#include "kvm_floor.h"
#include "report.h"

namespace {

using namespace strongroom;
using namespace strongroom::bench;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 15;
constexpr size_t kMegabyte = size_t{1} << 20;

class Nothing : public calls::HostFunctions {
 public:
  void nothing_outside() override {}
  void nothing_outside_switchless() override {}
};

// Nanoseconds a time.
template <typename Call>
Result<double> time_of(int times, const Call& call) {
  const auto start = Clock::now();
  for (int i = 0; i < times; ++i) TRY(call());
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / times;
}

// Calls in a second by so many threads.
double throughput(calls::Enclave& enclave, int threads) {
  constexpr auto kTime = std::chrono::milliseconds(100);
  std::atomic<uint64_t> made{0};
  std::vector<std::thread> callers;
  const auto start = Clock::now();
  for (int t = 0; t < threads; ++t)
    callers.emplace_back([&] {
      uint64_t count = 0;
      while (Clock::now() - start < kTime && enclave.nothing()) ++count;
      made += count;
    });
  for (std::thread& caller : callers) caller.join();
  return static_cast<double>(made) / std::chrono::duration<double>(Clock::now() - start).count();
}

struct Samples {
  std::vector<double> empty, switchless, ocall, switchless_ocall, large, two_threads, eight_threads;
};

class Trial {
 public:
  static Result<Trial> launch(const host::Image& image, host::Tee tee, Nothing& functions) {
    host::LaunchOptions options;
    options.tee = tee;
    options.allow_unsigned = true;
    options.switchless_workers = 1;
    return Trial(tee, TRY(calls::Enclave::launch(image, functions, options)));
  }

  Result<void> round(const std::vector<uint8_t>& bytes) {
    TRY(time_of(200, [&] { return enclave_.nothing(); }));  // awake
    samples_.empty.push_back(TRY(time_of(2000, [&] { return enclave_.nothing(); })));
    samples_.ocall.push_back(TRY(time_of(1, [&] { return enclave_.ask(1000); })) / 1000);
    samples_.switchless.push_back(TRY(time_of(2000, [&] { return enclave_.nothing_switchless(); })));
    samples_.switchless_ocall.push_back(TRY(time_of(1, [&] { return enclave_.ask_switchless(1000); })) /
                                        1000);
    samples_.large.push_back(TRY(time_of(40, [&] { return enclave_.take(bytes); })));
    samples_.two_threads.push_back(throughput(enclave_, 2));
    samples_.eight_threads.push_back(throughput(enclave_, 8));
    return {};
  }

  [[nodiscard]] host::Tee tee() const { return tee_; }
  [[nodiscard]] const Samples& samples() const { return samples_; }

 private:
  Trial(host::Tee tee, calls::Enclave enclave) : tee_(tee), enclave_(std::move(enclave)) {}
  host::Tee tee_;
  calls::Enclave enclave_;
  Samples samples_;
};

Result<void> run(const std::filesystem::path& build, const std::filesystem::path& output) {
  const auto image = TRY(host::Image::open(build / "bench/bench_calls.enclave"));
  const bool has_vm = host::check_available(host::Tee::kVm).has_value();
  Nothing functions;
  std::vector<Trial> trials;
  trials.push_back(TRY(Trial::launch(image, host::Tee::kProcess, functions)));
  if (has_vm) trials.push_back(TRY(Trial::launch(image, host::Tee::kVm, functions)));

  const std::vector<uint8_t> bytes(kMegabyte, 1);
  std::vector<double> futexes, exits, lines, copies;
  for (int round = 0; round < kRounds; ++round) {
    futexes.push_back(futex_round_trip(2000));
    if (has_vm) exits.push_back(TRY(bare_exit()));
    lines.push_back(cache_line_round_trip(20'000));
    copies.push_back(copy(kMegabyte, 40));
    for (Trial& trial : trials) TRY(trial.round(bytes));
  }

  std::vector<Row> rows;
  for (const Trial& trial : trials) {
    const std::string tee(to_string(trial.tee()));
    const Samples& s = trial.samples();
    const double floor = median(futexes) + (trial.tee() == host::Tee::kVm ? median(exits) : 0);
    rows.push_back(make_row("call/ecall", tee, median(s.empty), "ns", floor, Bound::kAtMost, 1.3));
    rows.push_back(make_row("call/ocall", tee, median(s.ocall), "ns", floor, Bound::kAtMost, 1.3));
    rows.push_back(make_row("call/switchless_ecall", tee, median(s.switchless), "ns", median(lines),
                            Bound::kAtMost, 1.5));
    rows.push_back(make_row("call/switchless_ocall", tee, median(s.switchless_ocall), "ns", median(lines),
                            Bound::kAtMost, 1.5));
    rows.push_back(make_row("call/in_1_mib", tee, median(s.large), "ns", median(copies) + median(s.empty),
                            Bound::kAtMost, 1.2));
    rows.push_back(make_row("call/8_threads_against_2", tee, 1e9 / median(s.eight_threads), "ns",
                            1e9 / median(s.two_threads), Bound::kAtLeast, 1));
  }
  return write_rows(output, rows);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: calls_bench BUILD-DIRECTORY OUTPUT.json\n");
    return 2;
  }
  const auto done = run(argv[1], argv[2]);
  if (!done) fmt::print(stderr, "calls_bench: {}\n", done.error().message);
  return done ? 0 : 1;
}
