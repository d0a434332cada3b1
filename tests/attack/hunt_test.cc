// The hunter against victims without any protection: what it does not find in an enclave counts only because
// it is found here.
#include "hunt.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "process.h"

namespace strongroom::attack {
namespace {

constexpr char kRecord[] = "842302,17.99,10.38,122.8,1001,0.1184,0.2776";

// The program victim, holding the record; killed with the object.
class Victim {
 public:
  explicit Victim(const char* where) {
    char name[] = "/tmp/victim.XXXXXX";
    directory_ = mkdtemp(name);
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) abort();
    process_ = fork();
    if (process_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      if (chdir(name) == 0) execl(STRONGROOM_VICTIM, "victim", where, nullptr);
      _exit(1);
    }
    close(to[0]);
    close(from[1]);
    EXPECT_EQ(write(to[1], kRecord, strlen(kRecord)), static_cast<ssize_t>(strlen(kRecord)));
    close(to[1]);
    char answer[5];
    ready_ = read(from[0], answer, sizeof answer) == sizeof answer;
    output_ = from[0];
  }
  ~Victim() {
    end();
    close(output_);
    std::filesystem::remove_all(directory_);
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  void end() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    process_ = 0;
  }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] pid_t process() const { return process_; }
  [[nodiscard]] bool alive() const {
    return kill(process_, 0) == 0 && waitpid(process_, nullptr, WNOHANG) == 0;
  }

 private:
  std::string directory_;
  pid_t process_ = 0;
  int output_ = -1;
  bool ready_ = false;
};

std::vector<Pattern> record_patterns() {
  return {text_pattern(kRecord), doubles_pattern("17.99,10.38,122.8,1001,0.1184").value()};
}

Attempt only(const Victim& victim, const std::string& method) {
  const auto attempts = hunt({family(victim.process()), record_patterns(), {method}, true});
  EXPECT_GE(attempts.size(), 1u);
  for (const Attempt& attempt : attempts)
    if (attempt.outcome == Outcome::kFound) return attempt;
  return attempts.empty() ? Attempt{} : attempts.back();
}

class Hunt : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "the attacker of these tests is root";
  }
};

class HuntInMemory : public Hunt, public testing::WithParamInterface<const char*> {};

TEST_P(HuntInMemory, FindsTextAndDoublesInAnOrdinaryProcess) {
  const Victim victim("heap");
  ASSERT_TRUE(victim.ready());
  const Attempt attempt = only(victim, GetParam());
  ASSERT_EQ(attempt.outcome, Outcome::kFound) << attempt.why;
  const auto has = [&](const char* pattern) {
    return std::any_of(attempt.hits.begin(), attempt.hits.end(),
                       [&](const Hit& hit) { return hit.pattern == pattern; });
  };
  EXPECT_TRUE(has("text"));
  EXPECT_TRUE(has("doubles"));
  EXPECT_TRUE(victim.alive());
}

TEST_P(HuntInMemory, FindsWhatAChildHolds) {
  const Victim victim("child");
  ASSERT_TRUE(victim.ready());
  EXPECT_EQ(only(victim, GetParam()).outcome, Outcome::kFound);
}

TEST_P(HuntInMemory, DoesNotFindWhatIsSecretMemory) {
  const Victim victim("secret");
  if (!victim.ready()) GTEST_SKIP() << "no memfd_secret on this kernel";
  const Attempt attempt = only(victim, GetParam());
  EXPECT_EQ(attempt.outcome, Outcome::kNotFound);
  EXPECT_GT(attempt.bytes_searched, 0u);
  EXPECT_FALSE(attempt.why.empty()) << "what could not be read must be named";
}

INSTANTIATE_TEST_SUITE_P(Methods, HuntInMemory, testing::Values("proc_mem", "process_vm_readv", "ptrace"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(Hunt, FindsAnOpenDescriptorsMemory) {
  const Victim victim("memfd");
  ASSERT_TRUE(victim.ready());
  EXPECT_EQ(only(victim, "proc_mem").outcome, Outcome::kNotFound);
  EXPECT_EQ(only(victim, "fd_reopen").outcome, Outcome::kFound);
  EXPECT_EQ(only(victim, "pidfd_getfd").outcome, Outcome::kFound);
}

TEST_F(Hunt, FindsSecretMemoryWhoseDescriptorWasLeftOpen) {
  const Victim victim("open");
  if (!victim.ready()) GTEST_SKIP() << "no memfd_secret on this kernel";
  EXPECT_EQ(only(victim, "proc_mem").outcome, Outcome::kNotFound);
  EXPECT_EQ(only(victim, "pidfd_getfd").outcome, Outcome::kFound);
}

TEST_F(Hunt, LeavesFilesOnDisksAlone) {
  const int file = open(STRONGROOM_VICTIM, O_RDONLY | O_CLOEXEC);
  const std::vector<Pattern> patterns = record_patterns();
  Search search(patterns);
  Refusals refusals;
  EXPECT_FALSE(search_descriptor(file, STRONGROOM_VICTIM, search, refusals));
  EXPECT_EQ(search.bytes_searched(), 0u);
  close(file);
}

TEST_F(Hunt, FindsAMappedFilesMemory) {
  const Victim victim("mapped");
  ASSERT_TRUE(victim.ready());
  EXPECT_EQ(only(victim, "map_files").outcome, Outcome::kFound);
  EXPECT_NE(only(victim, "fd_reopen").outcome, Outcome::kFound);
}

TEST_F(Hunt, WritesIntoTheCodeOfAnOrdinaryProcess) {
  const Victim victim("heap");
  ASSERT_TRUE(victim.ready());
  EXPECT_EQ(only(victim, "write_code").outcome, Outcome::kFound);
  EXPECT_TRUE(victim.alive());
}

TEST_F(Hunt, FindsInACoreFileByGdb) {
  if (access("/usr/bin/gcore", X_OK) != 0) GTEST_SKIP() << "gdb is not installed";
  const Victim victim("heap");
  ASSERT_TRUE(victim.ready());
  const Attempt attempt = only(victim, "gcore");
  EXPECT_EQ(attempt.outcome, Outcome::kFound) << attempt.why;
  EXPECT_TRUE(victim.alive());
}

TEST_F(Hunt, FindsInTheKernelsCoreDump) {
  const Victim victim("heap");
  ASSERT_TRUE(victim.ready());
  const Attempt attempt = only(victim, "core_dump");
  if (attempt.outcome == Outcome::kNotApplicable) GTEST_SKIP() << attempt.why;
  EXPECT_EQ(attempt.outcome, Outcome::kFound) << attempt.why;
  EXPECT_FALSE(victim.alive());
}

TEST_F(Hunt, EndsNoProcessUnlessAllowed) {
  const Victim victim("heap");
  ASSERT_TRUE(victim.ready());
  EXPECT_TRUE(hunt({{victim.process()}, record_patterns(), {"core_dump"}, false}).empty());
  EXPECT_TRUE(victim.alive());
}

TEST_F(Hunt, FindsWhatAnEndedProcessDidNotClear) {
  Victim victim("memfd");
  ASSERT_TRUE(victim.ready());
  std::thread ending([&] {
    usleep(100'000);
    victim.end();
  });
  const Attempt attempt = search_after_end({victim.process()}, record_patterns(), 30);
  ending.join();
  EXPECT_EQ(attempt.outcome, Outcome::kFound) << attempt.why;
}

TEST_F(Hunt, SaysWhenAProcessDoesNotEnd) {
  const Victim victim("heap");
  ASSERT_TRUE(victim.ready());
  EXPECT_EQ(search_after_end({victim.process()}, record_patterns(), 0).outcome, Outcome::kRefused);
}

TEST_F(Hunt, ReportsAsJson) {
  const Victim victim("heap");
  ASSERT_TRUE(victim.ready());
  const auto report = nlohmann::json::parse(as_json({only(victim, "proc_mem")}));
  EXPECT_TRUE(report.at("found").get<bool>());
  EXPECT_EQ(report.at("attempts")[0].at("method"), "proc_mem");
  EXPECT_EQ(report.at("attempts")[0].at("outcome"), "found");
  EXPECT_FALSE(report.at("attempts")[0].at("hits").empty());
}

}  // namespace
}  // namespace strongroom::attack
