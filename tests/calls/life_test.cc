// Calls of enclaves that end, by themselves and otherwise.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>
#include <vector>

#include "trial.h"

namespace strongroom::host {
namespace {

class CallsOfAnEnclaveThatEnds : public TrialTest {
 protected:
  void expect_dead(const Result<void>& result, std::string_view why) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(result.error().message.find("the enclave has ended: "), std::string::npos)
        << result.error().message;
    EXPECT_NE(result.error().message.find(why), std::string::npos) << result.error().message;
  }
  // The call under way and every later one.
  void expect_all_dead(const Result<void>& first, std::string_view why) {
    expect_dead(first, why);
    expect_dead(enclave_->throw_up("later"), why);
  }
};

TEST_P(CallsOfAnEnclaveThatEnds, ByExit) {
  expect_all_dead(enclave_->end(0), "exited with status 7");
  EXPECT_EQ((*enclave_)->wait()->status, 7);
}

TEST_P(CallsOfAnEnclaveThatEnds, ByAbort) {
  expect_all_dead(enclave_->end(1), "program_abort");
}

TEST_P(CallsOfAnEnclaveThatEnds, ByAFault) {
  expect_all_dead(enclave_->end(2), "invalid_access");
}

TEST_P(CallsOfAnEnclaveThatEnds, ByKillWhileAnOcallNeverReturns) {
  std::thread killer([&] {
    answers_.hanging.get_future().wait();
    // Another thread's call is not held up by the one that hangs, and fails when the enclave is killed.
    EXPECT_TRUE(enclave_->add(1, 1));
    (*enclave_)->kill();
    EXPECT_EQ((*enclave_)->wait()->message, "killed by the application");
    expect_dead(enclave_->throw_up("later"), "killed by the application");
    answers_.release.set_value();
  });
  const auto asked = enclave_->ask_in_vain();
  killer.join();
  ASSERT_FALSE(asked);
  EXPECT_NE(asked.error().message.find("killed by the application"), std::string::npos)
      << asked.error().message;
}

TEST_P(CallsOfAnEnclaveThatEnds, ByTheDeathOfItsProcess) {
  ASSERT_TRUE(enclave_->add(1, 1));
  std::thread killer([&] {
    answers_.hanging.get_future().wait();
    kill((*enclave_)->process_id(), SIGKILL);
    (void)(*enclave_)->wait();
    answers_.release.set_value();
  });
  const auto asked = enclave_->ask_in_vain();
  killer.join();
  ASSERT_FALSE(asked);
  EXPECT_NE(asked.error().message.find("the enclave has ended: "), std::string::npos)
      << asked.error().message;
}

TEST_P(CallsOfAnEnclaveThatEnds, GracefullyWhenItIsAsked) {
  ASSERT_TRUE(enclave_->add(1, 1));
  const auto end = (*enclave_)->stop(std::chrono::seconds(60));
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->kind, EndKind::kExited) << end->message;
  EXPECT_EQ(end->status, 0);
  expect_dead(enclave_->throw_up("later"), "exited with status 0");
}

TEST_P(CallsOfAnEnclaveThatEnds, AtAnyMomentWhileManyThreadsCall) {
  std::vector<std::thread> threads;
  std::atomic<int> made{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      while (true) {
        const auto answer = enclave_->ask(1, 1);
        if (!answer) return expect_dead(enclave_->throw_up("later"), "killed by the application");
        ++made;
      }
    });
  while (made < 100) std::this_thread::yield();
  (*enclave_)->kill();
  for (std::thread& thread : threads) thread.join();
}

// With its call area and all: the keeper has made it ahead.
TEST_P(CallsOfAnEnclaveThatEnds, AreServedByOneThatWasMadeAhead) {
  const auto image = Image::open(STRONGROOM_TRIAL);
  ASSERT_TRUE(image);
  bool from_spare = false;
  // How soon the keeper gets to it depends on the machine.
  for (int i = 0; i < 100 && !from_spare; ++i) {
    auto launched = launch(*image);
    ASSERT_TRUE(launched) << launched.error().message;
    from_spare = (*launched)->metrics().from_spare;
    answers_.enclave = &*launched;
    EXPECT_TRUE(launched->add(1, 2));
    EXPECT_EQ((*launched)->metrics().calls.ecalls, 1u);
    (*launched)->stop();
    usleep(20'000);
  }
  EXPECT_TRUE(from_spare);
}

INSTANTIATE_TEST_SUITE_P(Tee, CallsOfAnEnclaveThatEnds, kTees, tee_name);

}  // namespace
}  // namespace strongroom::host
