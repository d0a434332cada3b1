#include "calls_floor.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "batches.h"

namespace strongroom::bench {
namespace {

using Clock = std::chrono::steady_clock;

double nanoseconds(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

void futex(std::atomic<uint32_t>& word, int operation, uint32_t value) {
  syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

void hand_over(std::atomic<uint32_t>& turn, uint32_t mine, uint32_t other, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    while (turn.load(std::memory_order_acquire) != mine) futex(turn, FUTEX_WAIT, other);
    turn.store(other, std::memory_order_release);
    futex(turn, FUTEX_WAKE, 1);
  }
}

void run_on(int processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(processor), &one);
  sched_setaffinity(0, sizeof one, &one);
}

}  // namespace

double futex_round_trip(int rounds) {
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 0;
  auto& turn = *new (memory) std::atomic<uint32_t>(0);
  const pid_t child = fork();
  if (child == 0) {
    hand_over(turn, 1, 0, rounds);
    _exit(0);
  }
  hand_over(turn, 0, 1, 1);  // until the child is there
  const auto start = Clock::now();
  hand_over(turn, 0, 1, rounds - 1);
  const double took = nanoseconds(start);
  waitpid(child, nullptr, 0);
  munmap(memory, 4096);
  return took / (rounds - 1);
}

double cache_line_round_trip(int batches) {
  alignas(128) static std::atomic<uint32_t> turn;
  turn = 0;
  cpu_set_t all;
  sched_getaffinity(0, sizeof all, &all);
  std::thread partner([batches] {
    run_on(1);
    for (int i = 0; i < batches * kBatch; ++i) {
      while (turn.load(std::memory_order_acquire) != 1) asm volatile("pause");
      turn.store(0, std::memory_order_release);
    }
  });
  run_on(0);
  const uint64_t took = median_batch(batches, [] {
    turn.store(1, std::memory_order_release);
    while (turn.load(std::memory_order_acquire) != 0) asm volatile("pause");
  });
  partner.join();
  sched_setaffinity(0, sizeof all, &all);
  return static_cast<double>(took) * tick() / kBatch;
}

double tick() {
  static const double one = [] {
    const auto start = Clock::now();
    const uint64_t first = ticks();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return nanoseconds(start) / static_cast<double>(ticks() - first);
  }();
  return one;
}

double copy(size_t bytes, int rounds) {
  std::vector<uint8_t> from(bytes, 1), to(bytes, 2);
  const auto one = [&] {
    std::memcpy(to.data(), from.data(), bytes);
    asm volatile("" : : "r"(to.data()), "r"(from.data()) : "memory");
  };
  return static_cast<double>(median_batch(rounds, one, 1)) * tick();
}

}  // namespace strongroom::bench
