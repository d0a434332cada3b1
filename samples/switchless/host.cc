// The application: switchless_app IMAGE [TEE].
#include <strongroom/host.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "switchless_host.h"

namespace {

using namespace strongroom;

class Functions : public switchless::HostFunctions {
 public:
  void nothing_outside() override {}
  void nothing_outside_switchless() override {}
};

// Prints the median time of one of the `calls` that each `run` makes.
template <typename Run>
Result<void> measure(const char* name, int calls, const Run& run) {
  constexpr size_t kRounds = 201;
  std::vector<double> times;
  for (size_t round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    TRY(run());
    times.push_back(
        std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / calls);
  }
  std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
  std::printf("%-20s %8.0f ns\n", name, times[kRounds / 2]);
  return {};
}

Result<void> run(const std::string& path, const std::string& tee) {
  constexpr uint32_t kTimes = 50;
  const auto image = TRY(host::Image::open(path));
  Functions functions;
  host::LaunchOptions options;
  options.tee = TRY(host::tee_from_string(tee));
  options.allow_unsigned = true;  // a sample; see `strongroom sign`
  options.switchless_workers = 1;
  auto enclave = TRY(switchless::Enclave::launch(image, functions, options));
  TRY(measure("ecall", 1, [&] { return enclave.nothing(); }));
  TRY(measure("switchless ecall", 1, [&] { return enclave.nothing_switchless(); }));
  TRY(measure("ocall", kTimes, [&] { return enclave.call_out(kTimes); }));
  TRY(measure("switchless ocall", kTimes, [&] { return enclave.call_out_switchless(kTimes); }));
  const host::CallMetrics metrics = enclave->call_metrics();
  std::printf("%llu ecalls, %llu of them switchless; %llu ocalls\n",
              static_cast<unsigned long long>(metrics.ecalls),
              static_cast<unsigned long long>(metrics.switchless_ecalls),
              static_cast<unsigned long long>(metrics.ocalls));
  TRY(enclave->stop());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: switchless_app IMAGE [TEE]\n");
    return 2;
  }
  const auto done = run(argv[1], argc > 2 ? argv[2] : "auto");
  if (!done) std::fprintf(stderr, "switchless_app: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
