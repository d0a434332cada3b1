// A static-pie program as the stock toolchain makes it: threads, locks, streams, exceptions, thread_local,
// files. It ends with status 42.
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

int main(int argc, char**) {
  int status = 1;
  try {
    std::cout << sum_of_threads() << ' ' << checked(-argc) << '\n';
  } catch (const std::exception& error) {
    std::cout << error.what() << '\n';
    status = 42;
  }
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::cout << (std::chrono::steady_clock::now() > start) << '\n';

  std::random_device random;
  const auto path = std::filesystem::temp_directory_path() / std::to_string(random());
  std::ofstream(path) << "one line\n";
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) std::cout << line << '\n';
  std::filesystem::remove(path);
  return status;
}
