// An application survives its keeper, and a keeper its application, whatever they say to each other.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "host/protocol.h"
#include "strongroom/host.h"

namespace strongroom::host {
namespace {

class FakeKeeper : public ::testing::TestWithParam<const char*> {};

size_t open_descriptors() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

// An error of launch or of wait.
Result<End> launch_once() {
  const Bytes bytes = TRY(read_file(STRONGROOM_TEST_IMAGE));
  const Image image = TRY(Image::from_bytes(bytes));
  Enclave enclave = TRY(Enclave::launch(image, {.tee = Tee::kProcess, .allow_unsigned = true}));
  return enclave.wait();
}

TEST_P(FakeKeeper, IsAnErrorAndNeverMore) {
  setenv("STRONGROOM_KEEPER", STRONGROOM_FAKE_KEEPER, 1);
  setenv("STRONGROOM_KEEPER_TIMEOUT", "1", 1);
  setenv("STRONGROOM_FAKE_KEEPER", GetParam(), 1);
  size_t descriptors = 0;
  for (int i = 0; i < 3; ++i) {
    const auto end = launch_once();
    ASSERT_FALSE(end);
    EXPECT_FALSE(end.error().message.empty());
    if (i > 0) {
      EXPECT_EQ(open_descriptors(), descriptors) << "descriptors of the keeper stay open";
    }
    descriptors = open_descriptors();
  }
}

INSTANTIATE_TEST_SUITE_P(Lies, FakeKeeper,
                         ::testing::Values("closes", "silent", "wrong_message", "garbage", "empty",
                                           "too_long", "descriptors", "refuses", "launch_silent",
                                           "launch_dies", "launch_garbage", "launch_wrong_message",
                                           "wait_garbage"),
                         [](const auto& lie) { return std::string(lie.param); });

// The keeper of an application that sends `bytes`; yields its wait status.
int keeper_after(const std::string& bytes) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) abort();
  const pid_t keeper = fork();
  if (keeper == 0) {
    if (ends[1] == 3) fcntl(3, F_SETFD, 0);
    dup2(ends[1], 3);
    dup2(open("/dev/null", O_WRONLY), 2);
    execl(STRONGROOM_KEEPER_PROGRAM, "strongroom-keeper", nullptr);
    _exit(99);
  }
  close(ends[1]);
  EXPECT_EQ(send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  shutdown(ends[0], SHUT_WR);
  int status = 0;
  waitpid(keeper, &status, 0);
  close(ends[0]);
  return status;
}

std::string packet(const Message& message) {
  return std::string(as_text(encode(message)));
}

TEST(Keeper, EndsWithAnErrorWhenItsApplicationTalksGarbage) {
  for (const std::string& bytes :
       {std::string("?"), std::string(100, '\xff'), std::string(kLargestPacket + 1, 'x'), packet(Loaded{1}),
        packet(Ended{}), packet(Started{})}) {
    const int status = keeper_after(bytes);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 125);
  }
}

TEST(Keeper, TakesRequestsThatMeanNothing) {
  for (const std::string& bytes :
       {packet(Load{}), packet(Launch{99, true, true, {}}), packet(Forget{UINT64_MAX})}) {
    const int status = keeper_after(bytes);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
}

}  // namespace
}  // namespace strongroom::host
