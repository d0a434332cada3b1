#include "strongroom/enclave/serve.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

#include "enclave/own_call.h"
#include "enclave/worker.h"
#include "strongroom/enclave/basics.h"

namespace strongroom::enclave {
namespace {

void wait_on_word(std::atomic<uint32_t>* wake, std::atomic<uint32_t>* wait, uint32_t expected) {
  own_call<arch::OwnCall::kCallWait>(reinterpret_cast<uint64_t>(wake), reinterpret_cast<uint64_t>(wait),
                                     expected, ~uint64_t{0});
}

// The kernel's own function for it, where it has one.
WaitOnWord way_to_wait() {
  const int64_t function = own_call<arch::OwnCall::kCallWaitFunction>();
  return function > 0 ? reinterpret_cast<WaitOnWord>(function) : wait_on_word;
}

// Tells the host, which may sleep on the word.
void announce(std::atomic<uint32_t>& word, uint32_t value) {
  word.store(value, std::memory_order_release);
  wait_on_word(&word, nullptr, 0);
}

}  // namespace

Result<void> serve(ServeEcall ecalls, const ServeOptions& options) {
  const arch::CallAreaPlace& here = place();
  if (here.size < calls::kMinimumArea)
    return fail(
        ErrorCode::kUnavailable,
        "nobody can call this program: it is not in an enclave, or in one that was launched without a call "
        "area; launch it by the generated class");
  edge::shared_in_words = here.in_words != 0;
  const std::span<uint8_t> memory(reinterpret_cast<uint8_t*>(here.address), here.size);
  // Never freed: threads that the host left in an ocall may outlive serve().
  auto* shared = new Calls(memory, ecalls, options.deepest, std::max(here.processors, 1u), way_to_wait());
  const uint32_t wanted =
      std::clamp(options.workers == 0 ? here.threads : options.workers, 1u, calls::kWorkerLanes);

  // First, so that they are not those for which no thread is left.
  std::vector<std::thread> threads, switchless;
  try {
    // With one processor a switchless worker could only keep it from whom it waits for.
    for (uint32_t i = 0; i < options.switchless_workers && !shared->spinning.none(); ++i)
      switchless.emplace_back([shared] { Worker(*shared, 0).serve_switchless(); });
    for (uint32_t lane = 1; lane < wanted; ++lane)
      threads.emplace_back([shared, lane] { Worker(*shared, lane).serve(); });
  } catch (const std::system_error&) {
    // The manifest gives fewer threads. Those that there are do.
  }
  std::atomic<uint32_t>& workers = shared->area.header().workers;
  announce(workers, static_cast<uint32_t>(threads.size()) + 1);
  Worker(*shared, 0).serve();
  for (std::thread& thread : threads) thread.join();
  for (std::thread& thread : switchless) thread.join();
  announce(workers, calls::kServingEnded);
  return {};
}

int run(ServeEcall ecalls, const ServeOptions& options) {
  const auto served = serve(ecalls, options);
  if (!served) log(served.error().message);
  return served ? 0 : 1;
}

}  // namespace strongroom::enclave
