// A production enclave refuses debuggers; a debug enclave says that it is one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "image/inspect.h"
#include "session.h"

namespace strongroom::gdb_test {
namespace {

using testing::Contains;
using testing::HasSubstr;

// Bytes of the enclave's writable memory that /proc/PID/mem yields; 0 where it refuses.
size_t read_writable_memory(int process) {
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  const int memory = open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  size_t total = 0;
  int found = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    char rights[5] = {};
    if (sscanf(line.c_str(), "%lx-%*x %4s", &begin, rights) != 2) continue;
    // The exchanges are the host's as much as the enclave's.
    if (std::string_view(rights) != "rw-s" || line.find("strongroom-exchange") != std::string::npos) continue;
    ++found;
    char byte;
    if (memory >= 0 && pread(memory, &byte, 1, static_cast<off_t>(begin)) == 1) ++total;
  }
  EXPECT_GT(found, 0) << "no writable memory in the map";
  if (memory >= 0) close(memory);
  return total;
}

class Running {
 public:
  explicit Running(bool debug, host::Tee tee = host::Tee::kProcess) : guest_("read", debug) {
    EXPECT_EQ(pipe(input_), 0);
    host::LaunchOptions how = options(debug, tee);
    how.standard_input = input_[0];
    auto launched = host::Enclave::launch(guest_.image(), how);
    if (!launched) throw std::runtime_error(launched.error().message);
    enclave_.emplace(std::move(*launched));
    if (tee == host::Tee::kProcess) wait_until_inside(enclave_->process_id());
  }
  ~Running() {
    close(input_[0]);
    close(input_[1]);
  }
  [[nodiscard]] const GuestImage& guest() const { return guest_; }
  host::Enclave& enclave() { return *enclave_; }
  // Gives the program what it waits for.
  host::End finish() {
    EXPECT_EQ(write(input_[1], "line\n", 5), 5);
    auto end = enclave_->wait();
    return end ? *end : host::End{};
  }

 private:
  GuestImage guest_;
  int input_[2] = {-1, -1};
  std::optional<host::Enclave> enclave_;
};

class Debuggers : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = missing(host::Tee::kProcess); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(Debuggers, CannotAttachToAProductionEnclave) {
  Running running(false);
  const std::string output = run_gdb(running.enclave().process_id(), running.guest().path(), {"attach @PID"});
  EXPECT_THAT(output, HasSubstr("Operation not permitted"));
  EXPECT_EQ(running.finish().status, 3);
}

TEST_F(Debuggers, HearWhyAProductionEnclaveRefuses) {
  Running running(false);
  EXPECT_THAT(
      run_gdb(running.enclave().process_id(), running.guest().path(), {"strongroom attach @PID @IMAGE"}),
      HasSubstr("is a production image: its enclaves refuse debuggers. Set debug = true"));
  EXPECT_EQ(running.finish().status, 3);
}

TEST_F(Debuggers, HearWhyADebugImageThatRunsInProductionRefuses) {
  const GuestImage guest("read", true);
  int input[2];
  ASSERT_EQ(pipe(input), 0);
  host::LaunchOptions how = options(false, host::Tee::kProcess);
  how.standard_input = input[0];
  auto enclave = host::Enclave::launch(guest.image(), how);
  ASSERT_TRUE(enclave) << enclave.error().message;
  wait_until_inside(enclave->process_id());
  EXPECT_THAT(run_gdb(enclave->process_id(), guest.path(), {"strongroom attach @PID @IMAGE"}),
              HasSubstr("is a production enclave, and those refuse debuggers"));
  close(input[0]);
  close(input[1]);
}

TEST_F(Debuggers, CannotReadAProductionEnclaveThroughProc) {
  Running running(false);
  EXPECT_EQ(read_writable_memory(running.enclave().process_id()), 0u);
  EXPECT_EQ(running.finish().status, 3);
}

TEST_F(Debuggers, CanReadADebugEnclaveThroughProc) {
  Running running(true);
  EXPECT_GT(read_writable_memory(running.enclave().process_id()), 0u);
  EXPECT_EQ(running.finish().status, 3);
}

TEST_F(Debuggers, AreAnnouncedByWarningsAndByInspect) {
  Running running(true);
  EXPECT_THAT(running.enclave().warnings(), Contains(HasSubstr("this is a debug enclave")));
  EXPECT_EQ(running.finish().status, 3);

  const Bytes file = *read_file(running.guest().path(), size_t{1} << 30);
  const auto view = image::ImageView::parse(file);
  ASSERT_TRUE(view);
  const auto report = image::inspect(*view);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->debug);
  EXPECT_THAT(image::to_text(*report), HasSubstr("debug"));
}

TEST_F(Debuggers, CannotBeWaitedForByAProductionEnclave) {
  const GuestImage guest("assess", false);
  host::LaunchOptions how = options(false, host::Tee::kProcess);
  how.wait_for_debugger = true;
  const auto enclave = host::Enclave::launch(guest.image(), how);
  ASSERT_FALSE(enclave);
  EXPECT_EQ(enclave.error().code, ErrorCode::kInvalidArgument);
}

// The sockets of a process that debuggers find it by.
size_t debug_sockets(int process) {
  size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
    std::error_code gone;
    const std::string link = std::filesystem::read_symlink(file, gone).string();
    if (link.find("/strongroom-gdb-") != std::string::npos) ++count;
  }
  return count;
}

class DebuggersInVm : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = missing(host::Tee::kVm); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(DebuggersInVm, FindNothingToConnectToAtAProductionEnclave) {
  Running production(false, host::Tee::kVm);
  EXPECT_EQ(debug_sockets(production.enclave().process_id()), 0u);
  EXPECT_EQ(production.finish().status, 3);
  Running debugged(true, host::Tee::kVm);
  EXPECT_EQ(debug_sockets(debugged.enclave().process_id()), 1u);
  EXPECT_EQ(debugged.finish().status, 3);
}

TEST_F(DebuggersInVm, HearWhyAProductionEnclaveRefuses) {
  Running running(false, host::Tee::kVm);
  EXPECT_THAT(
      run_gdb(running.enclave().process_id(), running.guest().path(), {"strongroom attach @PID @IMAGE"}),
      HasSubstr("is a production image: its enclaves refuse debuggers. Set debug = true"));
  EXPECT_EQ(running.finish().status, 3);
}

TEST_F(DebuggersInVm, HearWhyADebugImageThatRunsInProductionRefuses) {
  const GuestImage guest("read", true);
  int input[2];
  ASSERT_EQ(pipe(input), 0);
  host::LaunchOptions how = options(false, host::Tee::kVm);
  how.standard_input = input[0];
  auto enclave = host::Enclave::launch(guest.image(), how);
  ASSERT_TRUE(enclave) << enclave.error().message;
  EXPECT_THAT(run_gdb(enclave->process_id(), guest.path(), {"strongroom attach @PID @IMAGE"}),
              HasSubstr("is a production enclave, and those refuse debuggers"));
  close(input[0]);
  close(input[1]);
}

TEST_F(DebuggersInVm, AreAnnouncedByAWarning) {
  Running running(true, host::Tee::kVm);
  EXPECT_THAT(running.enclave().warnings(), Contains(HasSubstr("this is a debug enclave")));
  EXPECT_EQ(running.finish().status, 3);
}

TEST_F(DebuggersInVm, CannotBeWaitedForByAProductionEnclave) {
  const GuestImage guest("assess", false);
  host::LaunchOptions how = options(false, host::Tee::kVm);
  how.wait_for_debugger = true;
  const auto enclave = host::Enclave::launch(guest.image(), how);
  ASSERT_FALSE(enclave);
  EXPECT_EQ(enclave.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace strongroom::gdb_test
