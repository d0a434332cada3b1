#include "enclave/testing/enclave_in_process.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

namespace strongroom::enclave::testing {
namespace {

constexpr uint32_t kDeepest = 16;
constexpr uint32_t kProcessors = 2;

// What arch::OwnCall::kCallWait does.
void wait_on_word(std::atomic<uint32_t>* wake, std::atomic<uint32_t>* wait, uint32_t expected) {
  if (wake != nullptr) syscall(SYS_futex, wake, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  if (wait != nullptr) syscall(SYS_futex, wait, FUTEX_WAIT, expected, nullptr, nullptr, 0);
}

}  // namespace

EnclaveInProcess::EnclaveInProcess(std::span<uint8_t> area, ServeEcall ecalls, uint32_t workers,
                                   uint32_t switchless_workers)
    : calls_(area, ecalls, kDeepest, kProcessors, wait_on_word) {
  for (uint32_t lane = 0; lane < workers; ++lane)
    threads_.emplace_back([this, lane] { Worker(calls_, lane).serve(); });
  for (uint32_t i = 0; i < switchless_workers; ++i)
    threads_.emplace_back([this] { Worker(calls_, 0).serve_switchless(); });
  calls_.area.header().workers.store(workers, std::memory_order_release);
  wait_on_word(&calls_.area.header().workers, nullptr, 0);
}

EnclaveInProcess::~EnclaveInProcess() {
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace strongroom::enclave::testing
