// Enclaves that the keeper makes ahead of their launch: nobody can tell them from others, except by a clock.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "attack/process.h"
#include "base/file.h"
#include "resources.h"
#include "running.h"

namespace strongroom::tee_test {
namespace {

const char* const kTell = STRONGROOM_TEST_PROGRAMS "/tell";
const char* const kHolder = STRONGROOM_TEST_PROGRAMS "/holder";

// Every process below this one but the keeper, which is its only child, its vault and its loaders.
std::set<pid_t> enclave_processes() {
  const std::vector<pid_t> family = attack::family(getpid());
  if (family.size() < 2) return {};
  std::set<pid_t> found(family.begin() + 2, family.end());
  for (const char* name : {"strongroom-vault", "strongroom-loader"})
    for (const pid_t process : processes_named(name)) found.erase(process);
  return found;
}

bool all_end() {
  for (int i = 0; i < 3000 && !enclave_processes().empty(); ++i) usleep(10'000);
  return enclave_processes().empty();
}

class Spare : public InTee {
 protected:
  void SetUp() override {
    InTee::SetUp();
    if (IsSkipped()) return;
    image_.emplace(image_of(kTell, allow_host_arguments));
    ASSERT_EQ(tell({}).end.status, 0);
    ASSERT_EQ(tell({}).end.status, 0);
    (void)holdings_with_spare(GetParam());
    spare_ = enclave_processes();
  }
  Finished tell(std::vector<std::string> arguments, pid_t* process = nullptr) const {
    return run(
        *image_,
        {.tee = GetParam(), .arguments = std::move(arguments), .while_running = [&](host::Enclave& enclave) {
           if (process != nullptr) *process = enclave.process_id();
         }});
  }
  std::optional<host::Image> image_;
  std::set<pid_t> spare_;
};

TEST_P(Spare, ServesTheNextLaunchAndNoOther) {
  ASSERT_FALSE(spare_.empty());
  std::set<pid_t> used;
  for (const char* argument : {"one", "two", "three"}) {
    pid_t process = 0;
    const Finished finished = tell({argument}, &process);
    EXPECT_EQ(finished.end.status, 0) << finished;
    EXPECT_NE(finished.output.find(std::string("[") + argument + "]"), std::string::npos) << finished;
    EXPECT_TRUE(spare_.contains(process)) << "made ahead";
    EXPECT_TRUE(used.insert(process).second) << "used once";
    (void)holdings_with_spare(GetParam());
    spare_ = enclave_processes();
    EXPECT_FALSE(spare_.contains(process));
  }
}

TEST_P(Spare, ServesNoLaunchThatIsStrictWhereAColdOneIsRefused) {
  const auto strict = [&] {
    return host::Enclave::launch(*image_, {.tee = GetParam(), .strict = true, .allow_unsigned = true});
  };
  const auto warm = strict();
  const host::Image other = image_of(kTell, [](image::Manifest& manifest) { manifest.heap_size = 32 << 20; });
  const auto cold = host::Enclave::launch(other, {.tee = GetParam(), .strict = true, .allow_unsigned = true});
  EXPECT_EQ(warm.has_value(), cold.has_value());
  if (!warm && !cold) {
    EXPECT_EQ(warm.error().message, cold.error().message);
  }
}

TEST_P(Spare, OfAnotherImageIsNotUsed) {
  const host::Image other = image_of(kHolder, allow_host_arguments);
  pid_t process = 0;
  const Finished finished = run(
      other, {.tee = GetParam(), .arguments = {"heap", "1"}, .while_running = [&](host::Enclave& enclave) {
                process = enclave.process_id();
              }});
  EXPECT_FALSE(spare_.contains(process));
  EXPECT_EQ(finished.end.kind, host::EndKind::kExited) << finished;
}

TEST_P(Spare, ThatWasKilledIsMissedByNobody) {
  for (const pid_t process : spare_) kill(process, SIGKILL);
  EXPECT_TRUE(all_end());
  EXPECT_EQ(tell({"again"}).end.status, 0);
}

TEST_P(Spare, ThatALostVaultKnewIsNotUsed) {
  const std::vector<pid_t> family = attack::family(getpid());
  for (const pid_t vault : processes_named("strongroom-vault"))
    if (std::find(family.begin(), family.end(), vault) != family.end()) kill(vault, SIGKILL);
  usleep(100'000);
  pid_t process = 0;
  EXPECT_EQ(tell({"again"}, &process).end.status, 0);
  EXPECT_FALSE(spare_.contains(process));
}

// Only its enclave, not the process that holds it.
TEST_P(Spare, WhoseEnclaveWasKilledIsMissedByNobody) {
  if (GetParam() != host::Tee::kProcess) GTEST_SKIP() << "vm, sgx: both are one process";
  for (const pid_t process : spare_)
    if (attack::descriptors(process).empty()) kill(process, SIGKILL);
  EXPECT_TRUE(all_end());
  EXPECT_EQ(tell({"again"}).end.status, 0);
}

TEST_P(Spare, GoesWithItsImage) {
  image_.reset();
  EXPECT_TRUE(all_end());
}

TEST_P(Spare, IsNotMadeWhereTheApplicationWantsNone) {
  const host::Image image = image_of(kTell, [](image::Manifest& manifest) { manifest.heap_size = 16 << 20; });
  const FileDescriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int i = 0; i < 3; ++i) {
    auto enclave = host::Enclave::launch(image, {.tee = GetParam(),
                                                 .allow_unsigned = true,
                                                 .spare = false,
                                                 .standard_input = null.get(),
                                                 .standard_output = null.get(),
                                                 .standard_error = null.get()});
    ASSERT_TRUE(enclave) << enclave.error().message;
    EXPECT_EQ(enclave->wait()->status, 0);
  }
  // The one of the other image goes, and no other comes.
  EXPECT_TRUE(all_end());
  usleep(200'000);
  EXPECT_TRUE(enclave_processes().empty());
}

STRONGROOM_INSTANTIATE_WITHOUT_EMULATION(Spare);

}  // namespace
}  // namespace strongroom::tee_test
