// An ordinary program that watches what its system calls tell it. Errors it takes as they come; its exit
// status says which promise of Linux was broken.
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace {

enum Broken {
  kNothing = 0,
  kSawErrors = 1,  // and no promise was broken
  kReadBounds = 42,
  kClock = 43,
  kWriteBounds = 44,
  kErrno = 45,
  kPoll = 46,
  kThreads = 47
};

void promise(bool kept, Broken what) {
  if (!kept) _exit(what);
}

bool saw_errors = false;

bool possible_errno() {
  saw_errors = true;
  return errno == EIO || errno == EPIPE || errno == ENOSPC || errno == EINTR;
}

void read_all() {
  for (int i = 0; i < 60; ++i) {
    uint8_t buffer[512];
    memset(buffer, 0xc3, sizeof buffer);
    const size_t asked = 1 + static_cast<size_t>(i) * 3;
    const ssize_t got = read(0, buffer + 64, asked);
    promise(got >= 0 || possible_errno(), kErrno);
    promise(got <= static_cast<ssize_t>(asked), kReadBounds);
    const size_t end = 64 + static_cast<size_t>(std::max<ssize_t>(got, 0));
    for (size_t at = 0; at < sizeof buffer; ++at)
      promise((at >= 64 && at < end) || buffer[at] == 0xc3, kReadBounds);
  }
}

void write_some() {
  std::vector<char> text(100'000, 'w');
  for (int i = 0; i < 20; ++i) {
    const size_t size = i % 2 == 0 ? 10 : text.size();
    const ssize_t taken = write(1 + i % 2, text.data(), size);
    promise(taken >= 0 || possible_errno(), kErrno);
    promise(taken <= static_cast<ssize_t>(size), kWriteBounds);
  }
}

void poll_some() {
  for (int i = 0; i < 20; ++i) {
    pollfd files[] = {{0, POLLIN, 0}, {1, POLLOUT, 0}, {-1, POLLIN, 0}};
    const int ready = poll(files, 3, 1);
    promise(ready >= -1 && ready <= 3 && (ready >= 0 || possible_errno()), kPoll);
    promise((files[0].revents & POLLOUT) == 0 && (files[1].revents & POLLIN) == 0 && files[2].revents == 0,
            kPoll);
  }
}

void watch_clocks() {
  for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME}) {
    timespec last{};
    for (int i = 0; i < 50; ++i) {
      timespec now{};
      promise(clock_gettime(clock, &now) == 0, kClock);
      promise(now.tv_nsec >= 0 && now.tv_nsec < 1'000'000'000, kClock);
      promise(now.tv_sec > last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec), kClock);
      last = now;
    }
  }
}

// Mutual exclusion holds whatever the host says about parking and waking.
void count_together() {
  constexpr int kRounds = 300;
  std::mutex mutex;
  std::condition_variable changed;
  long count = 0;
  std::vector<std::thread> threads;
  const auto work = [&] {
    for (int i = 0; i < kRounds; ++i) {
      std::unique_lock lock(mutex);
      const long before = count;
      if (i % 16 == 0) changed.wait_for(lock, std::chrono::microseconds(50));
      const long now = i % 16 == 0 ? count : before;
      if (i % 8 == 0) std::this_thread::yield();
      count = now + 1;
      changed.notify_all();
    }
  };
  try {
    for (int i = 0; i < 3; ++i) threads.emplace_back(work);
  } catch (const std::system_error&) {
    // No thread to be had.
  }
  work();
  const long expected = static_cast<long>(threads.size() + 1) * kRounds;
  for (std::thread& thread : threads) thread.join();
  promise(count == expected, kThreads);
}

}  // namespace

int main() {
  signal(SIGPIPE, SIG_IGN);
  watch_clocks();
  read_all();
  write_some();
  poll_some();
  count_together();
  watch_clocks();
  return saw_errors ? kSawErrors : kNothing;
}
