// Many threads in one file system. What they do is checked; ThreadSanitizer watches how.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kernel/testing/host_kernel.h"

namespace strongroom::kernel {
namespace {

using testing::HostKernel;
using testing::run;

constexpr int kThreads = 4;

template <typename Work>
void in_threads(Work work) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) threads.emplace_back([=] { work(thread); });
  for (std::thread& thread : threads) thread.join();
}

TEST(Concurrency, NamesUnderRandomChangesStayATree) {
  {
    HostKernel kernel;
    for (const char* name : {"/tmp/a", "/tmp/b", "/tmp/a/c"}) ASSERT_EQ(run(sys_mkdir, name, 0755), 0);
    in_threads([](int thread) {
      std::mt19937 random(static_cast<uint32_t>(thread));
      const char* directories[] = {"/tmp/a", "/tmp/b", "/tmp/a/c", "/tmp/b/c", "/tmp"};
      const auto path = [&] {
        return std::string(directories[random() % 5]) + "/" + static_cast<char>('a' + random() % 4);
      };
      for (int round = 0; round < 1500; ++round) {
        const std::string one = path(), other = path();
        switch (random() % 8) {
          case 0:
            run(sys_close, run(sys_open, one.c_str(), O_CREAT | O_RDWR, 0644));
            break;
          case 1:
            run(sys_unlink, one.c_str());
            break;
          case 2:
            run(sys_mkdir, one.c_str(), 0755);
            break;
          case 3:
            run(sys_rmdir, one.c_str());
            break;
          case 4:
            run(sys_rename, one.c_str(), other.c_str());
            break;
          case 5:
            run(sys_link, one.c_str(), other.c_str());
            break;
          case 6:
            run(sys_symlink, one.c_str(), other.c_str());
            break;
          default:
            run(sys_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), 2);
        }
      }
    });
    EXPECT_EQ(run(sys_access, "/tmp", 0), 0);
  }
  EXPECT_EQ(testing::live_blocks(), 0u);
}

TEST(Concurrency, AppendsOfManyThreadsAllArrive) {
  HostKernel kernel;
  in_threads([](int thread) {
    const int64_t file = run(sys_open, "/tmp/log", O_CREAT | O_WRONLY | O_APPEND, 0644);
    const std::string line(100, static_cast<char>('a' + thread));
    for (int round = 0; round < 300; ++round) ASSERT_EQ(run(sys_write, file, line.data(), 100), 100);
  });
  struct stat status {};
  EXPECT_EQ(run(sys_stat, "/tmp/log", &status), 0);
  EXPECT_EQ(status.st_size, kThreads * 300 * 100);
  const int64_t file = run(sys_open, "/tmp/log", O_RDONLY, 0);
  char line[100];
  while (run(sys_read, file, line, 100) == 100) EXPECT_EQ(std::string(line, 100), std::string(100, line[0]));
}

TEST(Concurrency, OneSharedPositionGivesEachByteOnce) {
  HostKernel kernel;
  const int64_t file = run(sys_open, "/tmp/f", O_CREAT | O_RDWR, 0644);
  const std::string bytes(40'000, 'x');
  ASSERT_EQ(run(sys_write, file, bytes.data(), bytes.size()), 40'000);
  ASSERT_EQ(run(sys_lseek, file, 0, 0), 0);
  std::atomic<int64_t> total{0};
  in_threads([&total, file](int) {
    char buffer[77];
    for (int64_t size; (size = run(sys_read, file, buffer, sizeof(buffer))) > 0;) total += size;
  });
  EXPECT_EQ(total.load(), 40'000);
}

TEST(Concurrency, DescriptorsOpenCloseAndDuplicateUnderUse) {
  {
    HostKernel kernel;
    in_threads([](int thread) {
      std::mt19937 random(static_cast<uint32_t>(thread));
      char byte = 'x';
      for (int round = 0; round < 2000; ++round) {
        const int descriptor = static_cast<int>(3 + random() % 20);
        switch (random() % 7) {
          case 0:
            run(sys_open, "/tmp/f", O_CREAT | O_RDWR, 0644);
            break;
          case 1:
            run(sys_close, descriptor);
            break;
          case 2:
            run(sys_dup2, 3 + static_cast<int>(random() % 20), descriptor);
            break;
          case 3:
            run(sys_pread64, descriptor, &byte, 1, 0);
            break;
          case 4:
            run(sys_pwrite64, descriptor, &byte, 1, random() % 9000);
            break;
          case 5:
            run(sys_fcntl, descriptor, F_DUPFD_CLOEXEC, 10);
            break;
          default:
            run(sys_close_range, descriptor, descriptor + 2, 0);
        }
      }
    });
  }
  EXPECT_EQ(testing::live_blocks(), 0u);
}

TEST(Concurrency, PipesCarryEverythingBetweenManyThreads) {
  HostKernel kernel;
  int ends[2];
  ASSERT_EQ(run(sys_pipe, ends), 0);
  std::atomic<int64_t> sent{0}, received{0};
  in_threads([&](int thread) {
    std::mt19937 random(static_cast<uint32_t>(thread));
    std::vector<char> bytes(20'000, 'x');
    if (thread % 2 == 0) {
      for (int round = 0; round < 100; ++round)
        sent += run(sys_write, ends[1], bytes.data(), random() % 20'000);
      if (sent.load() > 0 && thread == 0) return;
      return;
    }
    // Each reader takes until the writers are done and the pipe is empty.
    for (int round = 0; round < 3000; ++round) {
      pollfd fd{ends[0], POLLIN, 0};
      if (run(sys_poll, &fd, 1, 200) != 1) break;
      const int64_t nonblocking = run(sys_fcntl, ends[0], F_SETFL, O_NONBLOCK);
      ASSERT_EQ(nonblocking, 0);
      const int64_t size = run(sys_read, ends[0], bytes.data(), bytes.size());
      if (size > 0) received += size;
    }
  });
  char rest[70'000];
  for (int64_t size; (size = run(sys_read, ends[0], rest, sizeof(rest))) > 0;) received += size;
  EXPECT_EQ(sent.load(), received.load());
}

TEST(Concurrency, EpollUnderAddsClosesAndWaits) {
  {
    HostKernel kernel;
    const int64_t epoll = run(sys_epoll_create1, 0);
    in_threads([epoll](int thread) {
      for (int round = 0; round < 400; ++round) {
        if (thread == 0) {
          epoll_event events[4];
          EXPECT_GE(run(sys_epoll_wait, epoll, events, 4, 1), 0);
          continue;
        }
        const int64_t counter = run(sys_eventfd2, 1, 0);
        epoll_event event{};
        event.events = round % 2 == 0 ? static_cast<uint32_t>(EPOLLIN) : EPOLLIN | EPOLLET;
        EXPECT_EQ(run(sys_epoll_ctl, epoll, EPOLL_CTL_ADD, counter, &event), 0);
        uint64_t value = 1;
        EXPECT_EQ(run(sys_write, counter, &value, 8), 8);
        EXPECT_EQ(run(sys_close, counter), 0);
      }
    });
  }
  EXPECT_EQ(testing::live_blocks(), 0u);
}

}  // namespace
}  // namespace strongroom::kernel
