// A static-pie program as the stock toolchain makes it: threads, locks, streams, exceptions, thread_local,
// files. Tests read it as input; it is not executed.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

thread_local int calls = 0;

int checked(int value) {
  ++calls;
  if (value < 0) throw std::runtime_error("negative");
  return value + calls;
}

int sum_of_threads() {
  std::mutex mutex;
  std::condition_variable changed;
  int sum = 0;
  int ready = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      const std::lock_guard lock(mutex);
      sum += checked(i);
      ++ready;
      changed.notify_all();
    });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&ready] { return ready == 4; });
  }
  for (std::thread& thread : threads) thread.join();
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::cout << sum_of_threads() << ' ' << checked(-argc) << '\n';
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  std::mt19937 random(std::random_device{}());
  std::ifstream in(argv[0]);
  std::string line;
  while (std::getline(in, line) && random() % 7 != 0) std::cout << line.size() << '\n';
  std::cout << std::filesystem::temp_directory_path() << std::chrono::steady_clock::now().time_since_epoch().count();
}
