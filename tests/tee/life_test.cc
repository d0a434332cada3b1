// Life and death: whatever dies at whatever moment, every call returns one clear answer, and nothing is left
// behind.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "attack/process.h"
#include "base/file.h"
#include "resources.h"
#include "running.h"

namespace strongroom::tee_test {
namespace {

using testing::HasSubstr;

const char* const kTell = STRONGROOM_TEST_PROGRAMS "/tell";

class Life : public InTee {
 protected:
  void SetUp() override {
    InTee::SetUp();
    if (IsSkipped()) return;
    // The keeper is there from the first launch on, and stays.
    image_.emplace(image_of(kTell, allow_host_arguments));
    // So is, from the second launch on, an enclave that is made ahead: all that is tried here is tried on
    // such.
    (void)finish(launch({}));
    (void)finish(launch({}));
    before_ = holdings_with_spare(GetParam());
  }
  void TearDown() override {
    if (IsSkipped() || HasFatalFailure()) return;
    const Holdings after = settle(before_);
    EXPECT_LE(after.descriptors, before_.descriptors) << after << " after " << before_;
    EXPECT_LE(after.children, before_.children) << after << " after " << before_;
    EXPECT_LE(after.memory_files, before_.memory_files) << after << " after " << before_;
  }
  Result<host::Enclave> launch(std::vector<std::string> arguments, int input = -1, int output = -1) const {
    return host::Enclave::launch(*image_, {.tee = GetParam(),
                                           .allow_unsigned = true,
                                           .arguments = std::move(arguments),
                                           .standard_input = input < 0 ? null_.get() : input,
                                           .standard_output = output < 0 ? null_.get() : output,
                                           .standard_error = null_.get()});
  }
  static host::End finish(Result<host::Enclave> enclave) {
    if (!enclave) return {.message = enclave.error().message};
    const auto end = enclave->wait();
    return end ? *end : host::End{.message = end.error().message};
  }
  // This program's keeper: the parent of enclaves' processes.
  static std::vector<pid_t> keepers() {
    std::vector<pid_t> found;
    for (const pid_t process : attack::family(getpid()))
      if (process != getpid()) found.push_back(process);
    return found;
  }

  std::optional<host::Image> image_;
  Holdings before_;
  const FileDescriptor null_{::open("/dev/null", O_RDWR | O_CLOEXEC)};
};

TEST_P(Life, KillFromAnotherThreadEndsTheWait) {
  for (int round = 0; round < 5; ++round) {
    auto enclave = launch({"wait"});
    ASSERT_TRUE(enclave) << enclave.error().message;
    std::thread killer([&] {
      usleep(static_cast<useconds_t>(round) * 20'000);
      enclave->kill();
    });
    const auto end = enclave->wait();
    killer.join();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->kind, host::EndKind::kFailed);
    EXPECT_EQ(end->message, "killed by the application");
  }
}

TEST_P(Life, AnEnclaveThatIsLetGoEnds) {
  auto enclave = launch({"wait"});
  ASSERT_TRUE(enclave);
  const pid_t process = enclave->process_id();
  enclave = fail(ErrorCode::kInternal, "let go");
  for (int i = 0; i < 1000 && kill(process, 0) == 0; ++i) usleep(10'000);
  EXPECT_NE(kill(process, 0), 0);
}

TEST_P(Life, TheEnclavesProcessMayBeKilledAtAnyMoment) {
  std::minstd_rand random(7);
  for (int round = 0; round < 20; ++round) {
    auto enclave = launch({"fill", "3000000"});
    ASSERT_TRUE(enclave) << enclave.error().message;
    usleep(static_cast<useconds_t>(random() % 60'000));
    kill(enclave->process_id(), SIGKILL);
    const auto end = enclave->wait();
    if (!end) {
      EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
      EXPECT_THAT(end.error().message, HasSubstr("killed"));
    } else if (end->kind != host::EndKind::kExited) {
      EXPECT_EQ(end->kind, host::EndKind::kFailed) << end->message;
      EXPECT_THAT(end->message, HasSubstr("killed"));
    }
  }
}

TEST_P(Life, TheKeeperMayBeKilledAtAnyMomentAndTheNextLaunchHasANewOne) {
  std::minstd_rand random(8);
  for (int round = 0; round < 10; ++round) {
    std::atomic<bool> done{false};
    const auto delay = static_cast<useconds_t>(random() % 40'000);
    std::thread killer([&] {
      usleep(delay);
      for (const pid_t process : keepers()) kill(process, SIGKILL);
      done = true;
    });
    auto enclave = launch({"wait"});
    if (enclave) {
      while (!done) usleep(1000);
      for (const pid_t process : keepers()) kill(process, SIGKILL);
      const auto end = enclave->wait();
      if (!end) {
        EXPECT_EQ(end.error().code, ErrorCode::kUnavailable) << end.error().message;
      } else {
        EXPECT_EQ(end->kind, host::EndKind::kFailed);
      }
    } else {
      EXPECT_EQ(enclave.error().code, ErrorCode::kUnavailable) << enclave.error().message;
    }
    killer.join();
    // A keeper that is still dying counts as alive.
    for (int i = 0; i < 1000 && settle({.descriptors = SIZE_MAX, .memory_files = SIZE_MAX}).children > 0; ++i)
      usleep(1000);
    Result<host::Enclave> next = launch({});
    EXPECT_TRUE(next) << next.error().message;
    EXPECT_EQ(finish(std::move(next)).kind, host::EndKind::kExited);
  }
}

TEST_P(Life, AKilledKeeperDoesNotStayAZombie) {
  ASSERT_FALSE(keepers().empty());
  const pid_t keeper = keepers().front();  // the one child of this process; the others are the keeper's
  kill(keeper, SIGKILL);
  for (int i = 0; i < 1000 && !attack::has_ended(keeper); ++i) usleep(10'000);
  EXPECT_EQ(finish(launch({})).kind, host::EndKind::kExited);
  EXPECT_NE(kill(keeper, 0), 0);
}

TEST_P(Life, WhatAKilledApplicationLaunchedIsGone) {
  std::minstd_rand random(9);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int round = 0; round < 10; ++round) {
    // A process of its own: this one has threads and a keeper.
    const pid_t application = fork();
    if (application == 0) {
      execl("/proc/self/exe", "application", "--application",
            std::string(host::to_string(GetParam())).c_str(), nullptr);
      _exit(127);
    }
    usleep(static_cast<useconds_t>(50'000 + random() % 400'000));
    const std::vector<pid_t> family = attack::family(application);
    kill(application, SIGKILL);
    waitpid(application, nullptr, 0);
    for (const pid_t process : family)
      for (int i = 0; i < 1000 && process != application && kill(process, 0) == 0; ++i) {
        waitpid(process, nullptr, WNOHANG);
        usleep(10'000);
      }
    for (const pid_t process : family) {
      if (process == application) continue;
      EXPECT_NE(kill(process, 0), 0) << attack::describe(process) << " lives on";
    }
  }
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_P(Life, AReaderThatGoesAwayIsAnErrnoOfTheProgramsWrite) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor write_end(ends[1]);
  FileDescriptor read_end(ends[0]);
  auto enclave = launch({"fill", "10000000"}, -1, write_end.get());
  ASSERT_TRUE(enclave);
  char piece[1000];
  EXPECT_GT(read(read_end.get(), piece, sizeof piece), 0);
  read_end.reset();
  const auto end = enclave->wait();
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->kind == host::EndKind::kExited ? end->status == 3 : end->cause == "program_abort")
      << end->message;
}

TEST_P(Life, BigInputAndOutputPassThroughPipesUnchanged) {
  std::string input;
  std::mt19937_64 random(1);
  while (input.size() < 10'000'000) {
    const uint64_t word = random();
    input.append(reinterpret_cast<const char*>(&word), 8);
  }
  const Finished finished = run(*image_, {.tee = GetParam(), .arguments = {"copy"}, .input = input});
  EXPECT_EQ(finished.end.status, 0) << finished.end.message << finished.error;
  EXPECT_TRUE(finished.output == input) << finished.output.size();
  EXPECT_EQ(run(*image_, {.tee = GetParam(), .arguments = {"fill", "10000000"}}).output.size(), 10'000'000u);
}

TEST_P(Life, InputThatHasEndedIsTheEnd) {
  const Finished finished = run(*image_, {.tee = GetParam(), .arguments = {"copy"}});
  EXPECT_EQ(finished.end.status, 0);
  EXPECT_EQ(finished.output, "");
}

TEST_P(Life, SixtyFourEnclavesRunAtOnce) {
  std::vector<host::Enclave> all;
  for (int i = 0; i < 64; ++i) {
    auto enclave = launch({"wait"});
    ASSERT_TRUE(enclave) << i << ": " << enclave.error().message;
    all.push_back(std::move(*enclave));
  }
  EXPECT_EQ(finish(launch({})).kind, host::EndKind::kExited) << "one more";
  for (host::Enclave& enclave : all) enclave.kill();
  for (host::Enclave& enclave : all) EXPECT_EQ(enclave.wait()->message, "killed by the application");
}

STRONGROOM_INSTANTIATE_WITHOUT_EMULATION(Life);

}  // namespace
}  // namespace strongroom::tee_test

// As the application that is killed: launches again and again.
namespace {
int be_an_application(const char* tee) {
  using namespace strongroom;
  const host::Image image =
      tee_test::image_of(STRONGROOM_TEST_PROGRAMS "/tell", tee_test::allow_host_arguments);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  std::vector<host::Enclave> all;
  for (int i = 0; i < 50; ++i) {
    auto enclave = host::Enclave::launch(image, {.tee = host::tee_from_string(tee).value(),
                                                 .allow_unsigned = true,
                                                 .arguments = {"wait"},
                                                 .standard_input = null,
                                                 .standard_output = null,
                                                 .standard_error = null});
    if (enclave) all.push_back(std::move(*enclave));
  }
  pause();
  return 0;
}
}  // namespace

int main(int count, char** values) {
  if (count > 2 && std::string(values[1]) == "--application") return be_an_application(values[2]);
  testing::InitGoogleTest(&count, values);
  return RUN_ALL_TESTS();
}
