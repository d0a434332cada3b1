// Two threads hand a futex back and forth. Prints "handover VALUE": nanoseconds from one thread to the other.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

constexpr int kPasses = 9;
constexpr int kRounds = 4000;

std::atomic<uint32_t> turn;

void futex(int operation, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&turn), operation, value, nullptr, nullptr, 0);
}

void play(uint32_t mine, uint32_t other) {
  for (int i = 0; i < kRounds; ++i) {
    while (turn.load(std::memory_order_acquire) != mine) futex(FUTEX_WAIT_PRIVATE, other);
    turn.store(other, std::memory_order_release);
    futex(FUTEX_WAKE_PRIVATE, 1);
  }
}

}  // namespace

int main() {
  std::vector<double> times;
  for (int pass = 0; pass < kPasses; ++pass) {
    turn = 0;
    const auto start = std::chrono::steady_clock::now();
    std::thread partner(play, 1, 0);
    play(0, 1);
    partner.join();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count() / (2 * kRounds));
  }
  std::nth_element(times.begin(), times.begin() + kPasses / 2, times.end());
  std::printf("handover %.1f\n", times[kPasses / 2]);
}
