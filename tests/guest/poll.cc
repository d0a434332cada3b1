// poll and select.
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/select.h>

#include <chrono>
#include <thread>

#include "check.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Ends {
  int in;
  int out;
  Ends() {
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    in = ends[0];
    out = ends[1];
  }
};

}  // namespace

CASE(poll_reports_what_is_ready) {
  Ends a, b;
  CHECK_EQ(write(a.out, "x", 1), 1);
  pollfd fds[] = {
      {a.in, POLLIN, 0}, {b.in, POLLIN, 0}, {b.out, POLLOUT, 0}, {-1, POLLIN, 77}, {999, POLLIN, 0}};
  CHECK_EQ(syscall(SYS_poll, fds, 5, 0), 3);
  CHECK_EQ(fds[0].revents, POLLIN);
  CHECK_EQ(fds[1].revents, 0);
  CHECK_EQ(fds[2].revents, POLLOUT);
  CHECK_EQ(fds[3].revents, 0);
  CHECK_EQ(fds[4].revents, POLLNVAL);
}

CASE(poll_reports_ends_and_errors_unasked) {
  Ends a, b;
  close(a.out);
  close(b.in);
  pollfd fds[] = {{a.in, 0, 0}, {b.out, 0, 0}};
  CHECK_EQ(poll(fds, 2, -1), 2);
  CHECK_EQ(fds[0].revents, POLLHUP);
  CHECK_EQ(fds[1].revents, POLLERR);
}

CASE(regular_files_are_always_ready) {
  write_file("f", "");
  pollfd fd{open("f", O_RDWR), POLLIN | POLLOUT, 0};
  CHECK_EQ(poll(&fd, 1, -1), 1);
  CHECK_EQ(fd.revents, POLLIN | POLLOUT);
}

CASE(poll_times_out_and_ppoll_too) {
  Ends a;
  pollfd fd{a.in, POLLIN, 0};
  const auto start = Clock::now();
  CHECK_EQ(poll(&fd, 1, 30), 0);
  CHECK(Clock::now() - start >= std::chrono::milliseconds(29));
  timespec time{0, 20'000'000};
  CHECK_EQ(syscall(SYS_ppoll, &fd, 1, &time, nullptr, 8), 0);
  CHECK_EQ(time.tv_nsec, 0);
  const timespec wrong{0, 1'000'000'000};
  CHECK_ERRNO(ppoll(&fd, 1, &wrong, nullptr), EINVAL);
  CHECK_EQ(poll(nullptr, 0, 1), 0);
  CHECK_ERRNO(syscall(SYS_poll, 8, 1, 0), EFAULT);
}

CASE(poll_wakes_when_another_thread_writes) {
  Ends a;
  const int counter = eventfd(0, 0);
  pollfd fds[] = {{a.in, POLLIN, 0}, {counter, POLLIN, 0}};
  for (int round = 0; round < 20; ++round) {
    std::thread writer([&] {
      usleep(static_cast<useconds_t>(round * 100));
      if (round % 2 == 0) {
        CHECK_EQ(write(a.out, "x", 1), 1);
      } else {
        CHECK_EQ(eventfd_write(counter, 1), 0);
      }
    });
    CHECK_EQ(poll(fds, 2, 10'000), 1);
    writer.join();
    char byte;
    eventfd_t value;
    if (round % 2 == 0) CHECK_EQ(read(a.in, &byte, 1), 1);
    if (round % 2 == 1) CHECK_EQ(eventfd_read(counter, &value), 0);
  }
}

CASE(select_reports_what_is_ready) {
  Ends a, b;
  CHECK_EQ(write(a.out, "x", 1), 1);
  fd_set in, out;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(a.in, &in);
  FD_SET(b.in, &in);
  FD_SET(b.out, &out);
  timeval time{0, 0};
  CHECK_EQ(syscall(SYS_select, b.out + 1, &in, &out, nullptr, &time), 2);
  CHECK(FD_ISSET(a.in, &in) && !FD_ISSET(b.in, &in) && FD_ISSET(b.out, &out));
  FD_ZERO(&in);
  FD_SET(b.in, &in);
  time = {0, 20'000};
  CHECK_EQ(syscall(SYS_select, b.in + 1, &in, nullptr, nullptr, &time), 0);
  CHECK(!FD_ISSET(b.in, &in));
  CHECK_EQ(time.tv_usec, 0);
  FD_ZERO(&in);
  const int closed = dup(0);
  close(closed);
  FD_SET(closed, &in);
  CHECK_ERRNO(select(closed + 1, &in, nullptr, nullptr, &time), EBADF);
  CHECK_ERRNO(syscall(SYS_select, -1, nullptr, nullptr, nullptr, &time), EINVAL);
}

CASE(pselect_waits_for_a_writer) {
  Ends a;
  std::thread writer([&] {
    usleep(20'000);
    CHECK_EQ(write(a.out, "x", 1), 1);
  });
  fd_set in;
  FD_ZERO(&in);
  FD_SET(a.in, &in);
  const timespec time{10, 0};
  CHECK_EQ(pselect(a.in + 1, &in, nullptr, nullptr, &time, nullptr), 1);
  writer.join();
  CHECK(FD_ISSET(a.in, &in));
}

CASE(ppoll_opens_a_blocked_signal_for_its_wait) {
  static volatile sig_atomic_t caught = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { caught = 1; };
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  raise(SIGUSR1);
  CHECK_EQ(caught, 0);
  Ends a;
  pollfd fd{a.in, POLLIN, 0};
  const timespec time{10, 0};
  sigset_t open_mask;
  sigemptyset(&open_mask);
  CHECK_ERRNO(ppoll(&fd, 1, &time, &open_mask), EINTR);
  CHECK_EQ(caught, 1);
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, &before, &now);
  CHECK_EQ(sigismember(&now, SIGUSR1), 1);
}
