// What calls across the boundary cost, against the least that handing over costs on this machine. Rounds
// interleave the calls and their floors; the figures are medians over rounds, of means, or for switchless
// calls and their floor, of medians. How many of these no worker took is a row of its own.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "batches.h"
#include "calls_floor.h"
#include "calls_host.h"
#include "kvm_floor.h"
#include "report.h"
#include "session.h"

namespace {

using namespace strongroom;
using namespace strongroom::bench;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 15, kTimes = 2000, kBatches = kTimes / kBatch;
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

// The same, as the median over batches.
template <typename Call>
Result<double> typical_time_of(int batches, const Call& call, int times = kBatch) {
  Result<void> made;
  const uint64_t took = median_batch(
      batches,
      [&] {
        if (made) made = call();
      },
      times);
  TRY(made);
  return static_cast<double>(took) * tick() / times;
}

// Until both sides are awake: a thread of a virtual machine takes a while to come.
template <typename Call>
Result<void> wake(const Call& call) {
  constexpr auto kTime = std::chrono::milliseconds(3);
  const auto start = Clock::now();
  while (Clock::now() - start < kTime) TRY(call());
  return {};
}

// Nanoseconds a call, where so many threads make one after the other. Not counted: that they begin and end.
double time_with_threads(calls::Enclave& enclave, size_t threads) {
  constexpr auto kBefore = std::chrono::milliseconds(5), kTime = std::chrono::milliseconds(100);
  struct alignas(128) Count {
    std::atomic<uint64_t> calls{0};
  };
  std::vector<Count> counts(threads);
  const auto calls_made = [&counts] {
    uint64_t sum = 0;
    for (const Count& count : counts) sum += count.calls.load(std::memory_order_relaxed);
    return sum;
  };
  std::atomic<bool> over{false};
  std::vector<std::thread> callers;
  for (Count& count : counts)
    callers.emplace_back([&] {
      for (uint64_t made = 1; !over.load(std::memory_order_relaxed) && enclave.nothing(); ++made)
        count.calls.store(made, std::memory_order_relaxed);
    });
  std::this_thread::sleep_for(kBefore);
  const uint64_t before = calls_made();
  const auto start = Clock::now();
  std::this_thread::sleep_for(kTime);
  const uint64_t made = calls_made() - before;
  const double took = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  over = true;
  for (std::thread& caller : callers) caller.join();
  return took / static_cast<double>(made);
}

struct Samples {
  std::vector<double> empty, switchless, ocall, switchless_ocall, large, large_shared;
  // Of 8 threads, and by how much 2 take longer for a call.
  std::vector<double> eight_threads, eight_against_two;
  // Of the switchless calls that were timed.
  uint64_t ecalls_taken = 0, ocalls_taken = 0;
};

class Trial {
 public:
  static Result<Trial> launch(const host::Image& image, host::Tee tee, Nothing& functions) {
    host::LaunchOptions options;
    options.tee = tee;
    options.allow_unsigned = true;
    options.switchless_workers = 1;
    auto enclave = TRY(calls::Enclave::launch(image, functions, options));
    auto shared = TRY(enclave->shared_buffer(kMegabyte));
    std::fill(shared.bytes().begin(), shared.bytes().end(), uint8_t{1});
    return Trial(tee, std::move(enclave), std::move(shared));
  }

  // Each kind of call first until both sides are awake.
  Result<void> round(const std::vector<uint8_t>& bytes) {
    Samples& s = samples_;
    TRY(wake([&] { return enclave_.nothing(); }));
    s.empty.push_back(TRY(time_of(kTimes, [&] { return enclave_.nothing(); })));
    TRY(wake([&] { return enclave_.ask(100); }));
    s.ocall.push_back(TRY(time_of(1, [&] { return enclave_.ask(kTimes); })) / kTimes);
    TRY(wake([&] { return enclave_.nothing_switchless(); }));
    const host::CallMetrics start = enclave_->call_metrics();
    s.switchless.push_back(TRY(typical_time_of(kBatches, [&] { return enclave_.nothing_switchless(); })));
    s.ecalls_taken += enclave_->call_metrics().switchless_ecalls - start.switchless_ecalls;
    TRY(wake([&] { return enclave_.ask_switchless(5); }));
    const host::CallMetrics middle = enclave_->call_metrics();
    s.switchless_ocall.push_back(static_cast<double>(TRY(enclave_.ask_switchless(kBatches))) * tick() /
                                 kBatch);
    s.ocalls_taken += enclave_->call_metrics().switchless_ocalls - middle.switchless_ocalls;
    TRY(wake([&] { return enclave_.nothing(); }));
    s.large.push_back(TRY(typical_time_of(
        40, [&] { return enclave_.take(bytes); }, 1)));
    s.large_shared.push_back(TRY(typical_time_of(
        40, [&] { return enclave_.take(shared_.bytes()); }, 1)));
    compare_threads();
    return {};
  }

  // One straight after the other, and the other way round: the machine is not the same for long.
  void compare_threads() {
    const double two = time_with_threads(enclave_, 2);
    const double eight = time_with_threads(enclave_, 8), eight_again = time_with_threads(enclave_, 8);
    const double two_again = time_with_threads(enclave_, 2);
    samples_.eight_threads.push_back((eight + eight_again) / 2);
    samples_.eight_against_two.push_back((two + two_again) / (eight + eight_again));
  }

  [[nodiscard]] host::Tee tee() const { return tee_; }
  [[nodiscard]] const Samples& samples() const { return samples_; }

 private:
  Trial(host::Tee tee, calls::Enclave enclave, host::SharedBuffer shared)
      : tee_(tee), enclave_(std::move(enclave)), shared_(std::move(shared)) {}
  host::Tee tee_;
  calls::Enclave enclave_;
  host::SharedBuffer shared_;
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
    lines.push_back(cache_line_round_trip(1000));
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
    // How many calls were made for each that a worker took.
    constexpr double kMade = double{kTimes} * kRounds;
    rows.push_back(make_row("call/switchless_ecalls_taken", tee, kMade, "calls",
                            static_cast<double>(s.ecalls_taken), Bound::kAtLeast, 0.95));
    rows.push_back(make_row("call/switchless_ocalls_taken", tee, kMade, "calls",
                            static_cast<double>(s.ocalls_taken), Bound::kAtLeast, 0.95));
    const double copy_and_call = median(copies) + median(s.empty);
    rows.push_back(make_row("call/in_1_mib_shared_buffer", tee, median(s.large_shared), "ns", copy_and_call,
                            Bound::kAtMost, 1.2));
    rows.push_back(
        make_row("call/in_1_mib_any_span", tee, median(s.large), "ns", copy_and_call, Bound::kAtMost, 1.2));
    const double eight = median(s.eight_threads);
    rows.push_back(make_row("call/8_threads_against_2", tee, eight, "ns", eight * median(s.eight_against_two),
                            Bound::kAtLeast, 1));
  }
  return write_rows(output, rows);
}

}  // namespace

int main(int argc, char** argv) {
  return strongroom::bench::session_main(argc, argv, run);
}
