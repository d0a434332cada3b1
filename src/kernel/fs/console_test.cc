// The standard streams, and waiting for them together with other files.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <cerrno>
#include <thread>

#include "kernel/testing/host_kernel.h"

namespace strongroom::kernel {
namespace {

using testing::give_input;
using testing::run;
using testing::take_output;

class ConsoleStreams : public ::testing::Test {
 protected:
  testing::HostKernel kernel_;
};

TEST_F(ConsoleStreams, AllBytesArriveThoughTheHostTakesFewAtATime) {
  std::string text;
  for (int index = 0; index < 5000; ++index) text += static_cast<char>('a' + index % 26);
  EXPECT_EQ(run(sys_write, 1, text.data(), text.size()), 5000);
  EXPECT_EQ(take_output(1), text);
  char one[] = "one", two[] = "two";
  const iovec vector[] = {{one, 3}, {two, 3}};
  EXPECT_EQ(run(sys_writev, 2, vector, 2), 6);
  EXPECT_EQ(take_output(2), "onetwo");
}

TEST_F(ConsoleStreams, InputIsReadToItsEnd) {
  give_input("hello", true);
  char bytes[16] = {};
  EXPECT_EQ(run(sys_read, 0, bytes, 3), 3);
  EXPECT_EQ(run(sys_read, 0, bytes + 3, 10), 2);
  EXPECT_STREQ(bytes, "hello");
  EXPECT_EQ(run(sys_read, 0, bytes, 10), 0);
}

TEST_F(ConsoleStreams, DirectionsAndKindAreThoseOfPipes) {
  char byte = 0;
  EXPECT_EQ(run(sys_read, 1, &byte, 1), -EBADF);
  EXPECT_EQ(run(sys_write, 0, &byte, 1), -EBADF);
  EXPECT_EQ(run(sys_lseek, 0, 0, 0), -ESPIPE);
  EXPECT_EQ(run(sys_ioctl, 1, 0x5401, &byte), -ENOTTY);
  struct stat status {};
  EXPECT_EQ(run(sys_fstat, 1, &status), 0);
  EXPECT_TRUE(S_ISFIFO(status.st_mode));
}

TEST_F(ConsoleStreams, AHostThatStoppedReadingIsABrokenPipe) {
  testing::break_output();
  (void)testing::take_signals();
  EXPECT_EQ(run(sys_write, 1, "x", 1), -EPIPE);
  EXPECT_EQ(testing::take_signals(), std::vector<int>{SIGPIPE});
}

TEST_F(ConsoleStreams, NonblockingInputSaysSo) {
  EXPECT_EQ(run(sys_fcntl, 0, F_SETFL, O_NONBLOCK), 0);
  char byte = 0;
  EXPECT_EQ(run(sys_read, 0, &byte, 1), -EAGAIN);
  give_input("x");
  EXPECT_EQ(run(sys_read, 0, &byte, 1), 1);
}

TEST_F(ConsoleStreams, PollSeesInputAndPipesInOneWait) {
  int ends[2];
  ASSERT_EQ(run(sys_pipe, ends), 0);
  for (int round = 0; round < 6; ++round) {
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5 * round));
      if (round % 2 == 0) give_input("x");
      if (round % 2 == 1) {
        EXPECT_EQ(run(sys_write, ends[1], "x", 1), 1);
      }
    });
    pollfd fds[] = {{0, POLLIN, 0}, {ends[0], POLLIN, 0}};
    EXPECT_EQ(run(sys_poll, fds, 2, -1), 1);
    EXPECT_EQ(fds[round % 2].revents & POLLIN, POLLIN);
    other.join();
    char byte;
    EXPECT_EQ(run(sys_read, fds[round % 2].fd, &byte, 1), 1);
  }
}

TEST_F(ConsoleStreams, EpollSeesInput) {
  const int64_t epoll = run(sys_epoll_create1, 0);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  ASSERT_EQ(run(sys_epoll_ctl, epoll, EPOLL_CTL_ADD, 0, &event), 0);
  EXPECT_EQ(run(sys_epoll_wait, epoll, &event, 1, 5), 0);
  std::thread other([] { give_input("x"); });
  EXPECT_EQ(run(sys_epoll_wait, epoll, &event, 1, -1), 1);
  other.join();
}

TEST_F(ConsoleStreams, ASignalEndsAWait) {
  int ends[2];
  ASSERT_EQ(run(sys_pipe, ends), 0);
  testing::interrupt(true);
  char byte;
  EXPECT_EQ(run(sys_read, ends[0], &byte, 1), -EINTR);
  pollfd fd{ends[0], POLLIN, 0};
  EXPECT_EQ(run(sys_poll, &fd, 1, -1), -EINTR);
  EXPECT_EQ(run(sys_poll, &fd, 1, 0), 0);
}

}  // namespace
}  // namespace strongroom::kernel
