// Enclaves under a host that lies about its host calls. The program may see errors and may end by them, but
// no promise that Linux makes to it is broken, the kernel finds no defect in itself, and the enclave ends.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/file.h"
#include "image/image_builder.h"
#include "strongroom/host.h"

namespace strongroom::host {
namespace {

constexpr int kEndedWell = 0, kNotLaunched = 2, kProgramSaw = 3, kKernelDefect = 4, kFailed = 5,
              kEndedWithErrors = 6;

const Bytes& image_bytes() {
  static const Bytes bytes = [] {
    const auto built =
        image::build_image(image::default_manifest(STRONGROOM_TEST_PROGRAM), STRONGROOM_TEST_KERNEL);
    if (!built) ADD_FAILURE() << built.error().message;
    return built ? built->file : Bytes{};
  }();
  return bytes;
}

// In a process of its own: an application has one keeper.
[[noreturn]] void run_once(Tee tee, const std::string& seed) {
  setenv("STRONGROOM_KEEPER", STRONGROOM_LYING_KEEPER, 1);
  setenv("STRONGROOM_LIES", seed.c_str(), 1);
  const auto say = [&](const std::string& what) {
    fprintf(stderr, "%s, STRONGROOM_LIES=%s: %s\n", std::string(to_string(tee)).c_str(), seed.c_str(),
            what.c_str());
  };
  const auto image = Image::from_bytes(image_bytes());
  if (!image) say(image.error().message), _exit(kNotLaunched);
  const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  LaunchOptions options;
  options.tee = tee;
  options.allow_unsigned = true;
  options.standard_input = zeros;
  options.standard_output = options.standard_error = nowhere;
  auto enclave = Enclave::launch(*image, options);
  if (!enclave) say(enclave.error().message), _exit(kNotLaunched);
  const auto end = enclave->wait();
  if (!end) say(end.error().message), _exit(kFailed);
  if (end->kind == EndKind::kFailed) say(end->message), _exit(kFailed);
  if (end->kind == EndKind::kAborted && end->cause == "kernel_defect")
    say(end->message), _exit(kKernelDefect);
  if (end->kind == EndKind::kExited && end->status == 1) _exit(kEndedWithErrors);
  if (end->kind == EndKind::kExited && end->status != 0)
    say("the program ended with status " + std::to_string(end->status)), _exit(kProgramSaw);
  _exit(kEndedWell);
}

// What a host can always do is never to answer; this one answers, so the enclave ends. The limit only keeps a
// hang from holding up the tests.
int wait_for(pid_t child) {
  constexpr auto kHang = std::chrono::seconds(120);
  const auto start = std::chrono::steady_clock::now();
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() - start > kHang) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class LyingHost : public ::testing::TestWithParam<Tee> {};

TEST_P(LyingHost, CannotBreakAPromiseToTheProgram) {
  const Tee tee = GetParam();
  if (const auto available = check_available(tee); !available) GTEST_SKIP() << available.error().message;
  ASSERT_FALSE(image_bytes().empty());
  const char* given = std::getenv("STRONGROOM_HOSTILE_SEEDS");
  const int seeds = given == nullptr ? 60 : std::atoi(given);
  int with_errors = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) run_once(tee, std::to_string(seed));
    const int ending = wait_for(child);
    if (ending == kEndedWithErrors) ++with_errors;
    EXPECT_TRUE(ending == kEndedWell || ending == kEndedWithErrors) << ending << ", STRONGROOM_LIES=" << seed;
  }
  EXPECT_GT(with_errors, 0) << "the lies do not reach the program";
}

INSTANTIATE_TEST_SUITE_P(Tees, LyingHost, ::testing::Values(Tee::kProcess, Tee::kVm),
                         [](const auto& tee) { return std::string(to_string(tee.param)); });

}  // namespace
}  // namespace strongroom::host
