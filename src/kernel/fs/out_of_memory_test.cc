// Memory that runs out at any allocation: calls fail with ENOMEM or ENOSPC, nothing leaks, nothing is half
// done.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <cerrno>
#include <string>
#include <vector>

#include "kernel/testing/host_kernel.h"

namespace strongroom::kernel {
namespace {

using testing::HostKernel;
using testing::run;

// Makes calls; the first one that meets the failing allocation must say that memory is short, or get along.
class Scenario {
 public:
  template <typename... Arguments>
  int64_t call(const char* what, SyscallResult (*function)(const SyscallArguments&), Arguments... arguments) {
    const bool before = testing::allocation_failed();
    const int64_t result = run(function, arguments...);
    if (!before && testing::allocation_failed() && result < 0) {
      EXPECT_TRUE(result == -ENOMEM || result == -ENOSPC) << what << ": " << result;
    }
    if (!before && !testing::allocation_failed()) {
      EXPECT_GE(result, 0) << what;
    }
    return result;
  }

  void play() {
    const std::string bytes(20'000, 'x');
    call("mkdir", sys_mkdir, "/tmp/d", 0755);
    const int64_t file = call("open", sys_open, "/tmp/d/f", O_RDWR | O_CREAT, 0644);
    call("write", sys_write, file, bytes.data(), bytes.size());
    call("pwrite", sys_pwrite64, file, bytes.data(), 10, 1l << 35);
    call("fallocate", sys_fallocate, file, 0, 1 << 20, 50'000);
    call("punch", sys_fallocate, file, 3, 10, 9000);
    call("symlink", sys_symlink, "f", "/tmp/d/s");
    call("link", sys_link, "/tmp/d/f", "/tmp/d/g");
    call("mknod", sys_mknod, "/tmp/d/n", S_IFREG | 0600, 0);
    call("rename", sys_rename, "/tmp/d/g", "/tmp/h");
    for (int index = 0; index < 20; ++index) {
      call("creat", sys_close, call("creat", sys_creat, ("/tmp/" + std::to_string(index)).c_str(), 0644));
    }
    char buffer[4096];
    call("getcwd", sys_getcwd, buffer, sizeof(buffer));
    call("readlink", sys_readlink, "/proc/self/fd/0", buffer, sizeof(buffer));
    call("maps", sys_read, call("open maps", sys_open, "/proc/self/maps", O_RDONLY, 0), buffer, 100);
    int ends[2] = {-1, -1};
    call("pipe", sys_pipe2, ends, O_NONBLOCK);
    call("pipe write", sys_write, ends[1], bytes.data(), 5000);
    std::vector<iovec> vector(20, iovec{buffer, 10});
    call("readv", sys_readv, ends[0], vector.data(), vector.size());
    pollfd fd{ends[0], POLLIN, 0};
    call("poll", sys_poll, &fd, 1, 0);
    const int64_t epoll = call("epoll_create1", sys_epoll_create1, 0);
    epoll_event event{};
    event.events = EPOLLIN;
    call("epoll_ctl", sys_epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], &event);
    call("epoll_ctl", sys_epoll_ctl, epoll, EPOLL_CTL_ADD, call("eventfd", sys_eventfd, 1), &event);
    call("epoll_wait", sys_epoll_wait, epoll, &event, 1, 0);
    const int64_t memory = call("memfd_create", sys_memfd_create, "m", 0);
    call("sendfile", sys_sendfile, memory, file, nullptr, 0);
    call("copy_file_range", sys_copy_file_range, file, nullptr, memory, nullptr, 9000, 0);
    call("dup", sys_dup, memory);
    call("tmpfile", sys_open, "/tmp", O_TMPFILE | O_RDWR, 0600);
    call("rmdir", sys_unlink, "/tmp/h");
  }
};

TEST(OutOfMemory, TheScenarioSucceedsWithMemory) {
  HostKernel kernel;
  ASSERT_TRUE(kernel.started.ok());
  testing::fail_allocation(-1);
  Scenario().play();
}

TEST(OutOfMemory, AtEachAllocationOnceNothingLeaks) {
  int64_t steps = 0;
  for (bool failed = true; failed; ++steps) {
    {
      HostKernel kernel;
      ASSERT_TRUE(kernel.started.ok());
      testing::fail_allocation(steps);
      Scenario().play();
      failed = testing::allocation_failed();
      testing::fail_allocation(-1);
      // The tree is whole: everything in it can still be found and removed.
      EXPECT_GE(run(sys_access, "/tmp", 0), 0);
      EXPECT_GE(run(sys_open, "/tmp/after", O_CREAT | O_RDWR, 0600), 0);
    }
    ASSERT_EQ(testing::live_blocks(), 0u) << "after failing allocation " << steps;
  }
  EXPECT_GT(steps, 100);
}

TEST(OutOfMemory, FromEachAllocationOnNothingLeaks) {
  bool failed = true;
  for (int64_t step = 0; failed; step += 3) {
    {
      HostKernel kernel;
      ASSERT_TRUE(kernel.started.ok());
      testing::fail_allocation(step, true);
      Scenario().play();
      failed = testing::allocation_failed();
    }
    ASSERT_EQ(testing::live_blocks(), 0u) << "from allocation " << step << " on";
  }
}

TEST(OutOfMemory, AStartThatFailsLeavesNothing) {
  bool failed = true;
  for (int64_t step = 0; failed; ++step) {
    testing::fail_allocation(step);
    {
      HostKernel kernel;
      failed = testing::allocation_failed();
      EXPECT_TRUE(kernel.started.ok() || failed);
    }
    ASSERT_EQ(testing::live_blocks(), 0u);
  }
}

}  // namespace
}  // namespace strongroom::kernel
