// epoll.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <thread>

#include "check.h"

namespace {

struct Ends {
  int in;
  int out;
  Ends() {
    int ends[2];
    CHECK_EQ(pipe2(ends, O_NONBLOCK), 0);
    in = ends[0];
    out = ends[1];
  }
};

int control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data = 0) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  return epoll_ctl(epoll, operation, descriptor, &event);
}

int wait_now(int epoll, epoll_event* events, int count = 8) {
  return epoll_wait(epoll, events, count, 0);
}

}  // namespace

CASE(level_triggered_events_repeat_until_consumed) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  CHECK(epoll >= 0);
  CHECK_EQ(fcntl(epoll, F_GETFD), FD_CLOEXEC);
  Ends a;
  epoll_event events[8];
  CHECK_EQ(control(epoll, EPOLL_CTL_ADD, a.in, EPOLLIN, 42), 0);
  CHECK_EQ(wait_now(epoll, events), 0);
  CHECK_EQ(write(a.out, "xy", 2), 2);
  for (int round = 0; round < 3; ++round) {
    CHECK_EQ(wait_now(epoll, events), 1);
    CHECK_EQ(events[0].events, static_cast<uint32_t>(EPOLLIN));
    CHECK_EQ(events[0].data.u64, 42u);
  }
  char bytes[8];
  CHECK_EQ(read(a.in, bytes, 8), 2);
  CHECK_EQ(wait_now(epoll, events), 0);
}

CASE(edge_triggered_events_come_once_a_change) {
  const int epoll = static_cast<int>(syscall(SYS_epoll_create, 1));
  Ends a;
  epoll_event events[8];
  CHECK_EQ(control(epoll, EPOLL_CTL_ADD, a.in, EPOLLIN | EPOLLET), 0);
  CHECK_EQ(write(a.out, "xy", 2), 2);
  CHECK_EQ(wait_now(epoll, events), 1);
  CHECK_EQ(wait_now(epoll, events), 0);
  char byte;
  CHECK_EQ(read(a.in, &byte, 1), 1);
  CHECK_EQ(wait_now(epoll, events), 0);
  CHECK_EQ(write(a.out, "z", 1), 1);
  CHECK_EQ(wait_now(epoll, events), 1);
  CHECK_EQ(wait_now(epoll, events), 0);
  CHECK_EQ(control(epoll, EPOLL_CTL_MOD, a.in, EPOLLIN | EPOLLET), 0);
  CHECK_EQ(wait_now(epoll, events), 1);
}

CASE(one_shot_watches_are_silent_until_rearmed) {
  const int epoll = epoll_create1(0);
  Ends a;
  epoll_event events[8];
  CHECK_EQ(control(epoll, EPOLL_CTL_ADD, a.in, EPOLLIN | EPOLLONESHOT), 0);
  CHECK_EQ(write(a.out, "x", 1), 1);
  CHECK_EQ(wait_now(epoll, events), 1);
  CHECK_EQ(wait_now(epoll, events), 0);
  CHECK_EQ(write(a.out, "x", 1), 1);
  CHECK_EQ(wait_now(epoll, events), 0);
  CHECK_EQ(control(epoll, EPOLL_CTL_MOD, a.in, EPOLLIN | EPOLLONESHOT), 0);
  CHECK_EQ(wait_now(epoll, events), 1);
}

CASE(hangups_are_reported_unasked) {
  const int epoll = epoll_create1(0);
  Ends a;
  epoll_event events[8];
  CHECK_EQ(control(epoll, EPOLL_CTL_ADD, a.in, 0), 0);
  CHECK_EQ(wait_now(epoll, events), 0);
  close(a.out);
  CHECK_EQ(wait_now(epoll, events), 1);
  CHECK_EQ(events[0].events, static_cast<uint32_t>(EPOLLHUP));
}

CASE(control_refuses_what_it_must) {
  const int epoll = epoll_create1(0);
  Ends a;
  write_file("f", "");
  const int file = open("f", O_RDWR);
  CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, file, EPOLLIN), EPERM);
  CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, epoll, EPOLLIN), EINVAL);
  CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, 999, EPOLLIN), EBADF);
  CHECK_ERRNO(control(999, EPOLL_CTL_ADD, a.in, EPOLLIN), EBADF);
  CHECK_ERRNO(control(a.out, EPOLL_CTL_ADD, a.in, EPOLLIN), EINVAL);
  CHECK_ERRNO(control(epoll, EPOLL_CTL_MOD, a.in, EPOLLIN), ENOENT);
  CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_DEL, a.in, nullptr), ENOENT);
  CHECK_EQ(control(epoll, EPOLL_CTL_ADD, a.in, EPOLLIN), 0);
  CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, a.in, EPOLLIN), EEXIST);
  CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, a.out, reinterpret_cast<epoll_event*>(8)), EFAULT);
  CHECK_ERRNO(control(epoll, 77, a.in, EPOLLIN), EINVAL);
  epoll_event event;
  CHECK_ERRNO(epoll_wait(epoll, &event, 0, 0), EINVAL);
  CHECK_ERRNO(epoll_wait(a.in, &event, 1, 0), EINVAL);
  CHECK_ERRNO(epoll_create1(1), EINVAL);
  CHECK_ERRNO(syscall(SYS_epoll_create, 0), EINVAL);
  CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_DEL, a.in, nullptr), 0);
}

CASE(a_closed_file_is_watched_no_more) {
  const int epoll = epoll_create1(0);
  Ends a;
  epoll_event events[8];
  const int copy = dup(a.in);
  CHECK_EQ(control(epoll, EPOLL_CTL_ADD, a.in, EPOLLIN), 0);
  CHECK_EQ(write(a.out, "x", 1), 1);
  close(a.in);
  CHECK_EQ(wait_now(epoll, events), 1);  // its duplicate keeps it open
  close(copy);
  CHECK_EQ(wait_now(epoll, events), 0);
}

CASE(no_watch_starves_when_few_events_are_taken) {
  const int epoll = epoll_create1(0);
  constexpr int kCount = 10;
  std::vector<int> counters;
  for (int index = 0; index < kCount; ++index) {
    counters.push_back(eventfd(1, 0));
    CHECK_EQ(control(epoll, EPOLL_CTL_ADD, counters.back(), EPOLLIN, static_cast<uint64_t>(index)), 0);
  }
  std::vector<int> seen(kCount);
  for (int round = 0; round < kCount; ++round) {
    epoll_event events[2];
    const int count = wait_now(epoll, events, 2);
    CHECK_EQ(count, 2);
    for (int index = 0; index < count; ++index) ++seen[events[index].data.u64];
  }
  for (const int count : seen) CHECK_EQ(count, 2);
}

CASE(epoll_watches_epoll_but_never_in_a_circle) {
  const int inner = epoll_create1(0);
  const int outer = epoll_create1(0);
  Ends a;
  epoll_event events[8];
  CHECK_EQ(control(inner, EPOLL_CTL_ADD, a.in, EPOLLIN), 0);
  CHECK_EQ(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 7), 0);
  CHECK_ERRNO(control(inner, EPOLL_CTL_ADD, outer, EPOLLIN), ELOOP);
  CHECK_EQ(wait_now(outer, events), 0);
  CHECK_EQ(write(a.out, "x", 1), 1);
  CHECK_EQ(wait_now(outer, events), 1);
  CHECK_EQ(events[0].data.u64, 7u);
}

CASE(waiting_ends_with_an_event_or_with_time) {
  const int epoll = epoll_create1(0);
  const int counter = eventfd(0, 0);
  epoll_event events[8];
  CHECK_EQ(control(epoll, EPOLL_CTL_ADD, counter, EPOLLIN), 0);
  CHECK_EQ(epoll_wait(epoll, events, 8, 20), 0);
  for (int round = 0; round < 20; ++round) {
    std::thread writer([&] {
      usleep(static_cast<useconds_t>(round * 100));
      eventfd_write(counter, 1);
    });
    sigset_t mask;
    sigemptyset(&mask);
    CHECK_EQ(epoll_pwait(epoll, events, 8, 10'000, &mask), 1);
    writer.join();
    eventfd_t value;
    CHECK_EQ(eventfd_read(counter, &value), 0);
  }
}

CASE(many_threads_take_one_shot_events_exactly_once) {
  const int epoll = epoll_create1(0);
  constexpr int kThreads = 4, kEvents = 200;
  Ends done;
  std::atomic<int> taken{0};
  for (int index = 0; index < kEvents; ++index) {
    CHECK_EQ(control(epoll, EPOLL_CTL_ADD, eventfd(1, 0), EPOLLIN | EPOLLONESHOT), 0);
  }
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      epoll_event event;
      while (epoll_wait(epoll, &event, 1, 50) == 1) ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(taken.load(), kEvents);
}
