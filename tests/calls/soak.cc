// `make soak-calls`: very many calls from 16 threads, with enclaves that are stopped and killed at random
// moments. calls_soak [CALLS [SECONDS]]: ends with 0 when no call gave a wrong result, none hung, and each
// that failed said that the enclave had ended.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "trial_host.h"

namespace strongroom::host {
namespace {

class Answers : public trial::HostFunctions {
 public:
  uint64_t answer(uint64_t value) override { return 2 * value; }
  uint64_t answer_switchless(uint64_t value) override { return 2 * value; }
  uint64_t deeper(uint32_t) override { return 0; }
  uint64_t deeper_switchless(uint32_t) override { return 0; }
  void hang() override {}
  void refuse(std::string_view) override {}
};

struct Tally {
  std::atomic<uint64_t> right{0}, ended{0}, wrong{0};
};

// One call of a kind that `choice` names.
void call(trial::Enclave& enclave, uint64_t choice, Tally& tally) {
  const uint64_t value = choice % 1000;
  Result<uint64_t> result = 0;
  uint64_t expected = 0;
  switch (choice % 8) {
    case 0:
      result = enclave.ask(value, 3);
      expected = 2 * (3 * value + 3);
      break;
    case 1:
      result = enclave.ask_switchless(value, 3);
      expected = 2 * (3 * value + 3);
      break;
    case 2: {
      const std::vector<uint8_t> bytes(value * 16, 3);
      result = enclave.sum(bytes);
      expected = value * 48;
      break;
    }
    case 3:
      result = enclave.add_switchless(value, 1);
      expected = value + 1;
      break;
    default:
      result = enclave.add(value, 1);
      expected = value + 1;
  }
  if (result && *result == expected) {
    ++tally.right;
  } else if (!result && result.error().code == ErrorCode::kUnavailable) {
    ++tally.ended;
  } else {
    if (tally.wrong++ == 0)
      std::fprintf(stderr, "wrong: %s\n", result ? "result" : result.error().message.c_str());
  }
}

// Launches one enclave, lets 16 threads call it, and ends it while they do.
Result<void> round(const Image& image, Tee tee, std::mt19937& random, Tally& tally) {
  constexpr int kThreads = 16;
  Answers answers;
  LaunchOptions options;
  options.tee = tee;
  options.allow_unsigned = true;
  options.switchless_workers = 1;
  trial::Enclave enclave = TRY(trial::Enclave::launch(image, answers, options));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, seed = random()] {
      std::mt19937 choices(seed);
      for (const uint64_t ended = tally.ended; tally.ended == ended && tally.wrong == 0;)
        call(enclave, choices(), tally);
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
  if (random() % 2 == 0)
    enclave->kill();
  else
    (void)enclave->stop(std::chrono::milliseconds(random() % 50));
  for (std::thread& thread : threads) thread.join();
  return {};
}

int soak(uint64_t calls, double seconds) {
  const auto image = Image::open(STRONGROOM_TRIAL);
  if (!image) return std::fprintf(stderr, "%s\n", image.error().message.c_str()), 1;
  std::vector<Tee> tees;
  for (const Tee tee : {Tee::kProcess, Tee::kVm, Tee::kSgx})
    if (check_available(tee)) tees.push_back(tee);
  std::mt19937 random(std::random_device{}());
  Tally tally;
  const auto start = std::chrono::steady_clock::now();
  uint64_t rounds = 0;
  const auto in_time = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds;
  };
  for (; !tees.empty() && tally.right < calls && tally.wrong == 0 && in_time(); ++rounds) {
    const auto done = round(*image, tees[rounds % tees.size()], random, tally);
    if (!done) return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
  }
  std::printf("%lu right calls, %lu ended with their enclave, %lu wrong; %lu enclaves\n", tally.right.load(),
              tally.ended.load(), tally.wrong.load(), rounds);
  return tally.wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace strongroom::host

int main(int argc, char** argv) {
  const uint64_t calls = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 3600;
  return strongroom::host::soak(calls, seconds);
}
