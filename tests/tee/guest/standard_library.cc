// The parts of the C++ standard library that lean hardest on the system below.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <iomanip>
#include <iostream>
#include <locale>
#include <numeric>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "../../guest/check.h"

namespace fs = std::filesystem;

CASE(regex_finds_and_replaces) {
  const std::regex date(R"((\d{4})-(\d{2})-(\d{2}))");
  std::string text;
  for (int i = 0; i < 500; ++i) text += "on 2026-01-" + std::to_string(10 + i % 20) + " and ";
  CHECK_EQ(std::distance(std::sregex_iterator(text.begin(), text.end(), date), {}), 500);
  CHECK_EQ(std::regex_replace(std::string("2026-11-21"), date, "$3.$2.$1"), "21.11.2026");
}

CASE(async_gives_results_and_exceptions) {
  std::vector<std::future<uint64_t>> all;
  for (uint64_t i = 0; i < 12; ++i)
    all.push_back(std::async(std::launch::async, [i] {
      uint64_t sum = 0;
      for (uint64_t k = 0; k < 100'000; ++k) sum += k * i;
      return sum;
    }));
  for (uint64_t i = 0; i < 12; ++i) CHECK_EQ(all[i].get(), i * 4'999'950'000u);
  auto failing = std::async(std::launch::async, []() -> int { throw std::runtime_error("from there"); });
  try {
    failing.get();
    CHECK(false);
  } catch (const std::runtime_error& error) {
    CHECK_EQ(std::string(error.what()), "from there");
  }
}

CASE(a_pool_of_16_threads_does_all_jobs_once) {
  std::mutex mutex;
  std::condition_variable more;
  std::queue<int> jobs;
  bool closed = false;
  std::vector<std::atomic<int>> done(20'000);
  std::vector<std::thread> pool;
  for (int t = 0; t < 16; ++t)
    pool.emplace_back([&] {
      while (true) {
        std::unique_lock lock(mutex);
        more.wait(lock, [&] { return closed || !jobs.empty(); });
        if (jobs.empty()) return;
        const int job = jobs.front();
        jobs.pop();
        lock.unlock();
        done[static_cast<size_t>(job)].fetch_add(1);
      }
    });
  for (int i = 0; i < 20'000; ++i) {
    {
      const std::lock_guard lock(mutex);
      jobs.push(i);
    }
    more.notify_one();
  }
  {
    const std::lock_guard lock(mutex);
    closed = true;
  }
  more.notify_all();
  for (std::thread& thread : pool) thread.join();
  CHECK(std::all_of(done.begin(), done.end(), [](const std::atomic<int>& n) { return n == 1; }));
}

CASE(a_tree_of_files_is_made_walked_copied_and_removed) {
  for (int i = 0; i < 10; ++i)
    for (int k = 0; k < 10; ++k) {
      const fs::path place = fs::path("tree") / std::to_string(i) / std::to_string(k);
      fs::create_directories(place);
      std::ofstream(place / "file") << i << " " << k;
    }
  fs::create_symlink("file", "tree/3/4/link");
  std::set<std::string> found;
  uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator("tree")) {
    found.insert(entry.path());
    if (entry.is_regular_file() && !entry.is_symlink()) bytes += entry.file_size();
  }
  CHECK_EQ(found.size(), 211u);
  CHECK_EQ(bytes, 300u);
  fs::copy("tree", "copy", fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  std::ifstream file("copy/7/8/file");
  int i = 0, k = 0;
  file >> i >> k;
  CHECK_EQ(i * 10 + k, 78);
  CHECK_EQ(fs::read_symlink("copy/3/4/link"), fs::path("file"));
  CHECK_EQ(fs::weakly_canonical("copy/3/../4/./5/file").filename(), fs::path("file"));
  fs::rename("copy", "moved");
  fs::permissions("moved/1/1/file", fs::perms::owner_read);
  CHECK_EQ(static_cast<int>(fs::status("moved/1/1/file").permissions()), 0400);
  fs::resize_file("moved/1/2/file", 1'000'000);
  CHECK_EQ(fs::file_size("moved/1/2/file"), 1'000'000u);
  CHECK_EQ(fs::remove_all("moved"), 212u);
  CHECK(!fs::exists("moved"));
  CHECK(fs::exists("tree"));
}

CASE(streams_format_and_parse_much) {
  std::ofstream out("numbers");
  for (int i = 0; i < 50'000; ++i)
    out << std::setw(8) << i << ' ' << std::fixed << std::setprecision(3) << i / 8.0 << '\n';
  out.close();
  std::ifstream in("numbers");
  int n = 0;
  double value = 0, sum = 0;
  int lines = 0;
  while (in >> n >> value) sum += value, ++lines;
  CHECK_EQ(lines, 50'000);
  CHECK(std::abs(sum - 156'246'875.0) < 1.0);
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::hex << std::showbase << 255 << std::boolalpha << true
       << std::put_time(std::gmtime(&std::as_const(*new time_t(0))), "%F %T");
  CHECK_EQ(text.str(), "0xfftrue1970-01-01 00:00:00");
}

CASE(random_device_gives_different_numbers) {
  std::random_device device;
  std::set<unsigned> numbers;
  for (int i = 0; i < 1000; ++i) numbers.insert(device());
  CHECK(numbers.size() > 990);
}

CASE(time_goes_forward) {
  auto last = std::chrono::steady_clock::now();
  for (int i = 0; i < 100'000; ++i) {
    const auto now = std::chrono::steady_clock::now();
    CHECK(now >= last);
    last = now;
  }
  CHECK(std::chrono::system_clock::now().time_since_epoch() > std::chrono::hours(24 * 365 * 50));
}

CASE(timed_waits_end) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  CHECK(never.wait_for(lock, std::chrono::milliseconds(5)) == std::cv_status::timeout);
  std::timed_mutex timed;
  timed.lock();
  std::thread([&] { CHECK(!timed.try_lock_for(std::chrono::milliseconds(5))); }).join();
}

CASE(thread_locals_are_made_and_destroyed) {
  static std::atomic<int> alive{0};
  struct Counted {
    int number = 0;
    Counted() { ++alive; }
    ~Counted() { --alive; }
  };
  static thread_local Counted mine;
  std::vector<std::thread> all;
  for (int i = 0; i < 10; ++i) all.emplace_back([i] { mine.number = i; });
  for (std::thread& thread : all) thread.join();
  CHECK_EQ(alive.load(), 1);  // that of this thread
}
