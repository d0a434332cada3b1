// Root hunts for a secret in the processes of a running enclave, and in what they leave behind. What finds it
// natively finds nothing here; what a TEE cannot keep out stands in one table, with the reason.
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "attack/descriptors.h"
#include "attack/hunt.h"
#include "attack/process.h"
#include "base/file.h"
#include "running.h"
#include "tee/platform.h"

namespace strongroom::tee_test {
namespace {

const char* const kProgram = STRONGROOM_TEST_PROGRAMS "/holder";
constexpr uint64_t kSeed = 20'261'121;

// What a TEE does not keep out, and why. Nothing else may find anything.
struct OutOfScope {
  host::Tee tee;
  const char* method;
  bool only_beside;  // not of the enclave's own process, nor of its guardian
  const char* reason;
  bool unless_private = false;  // kept out where guest memory is private
};
constexpr OutOfScope kOutOfScope[] = {
    {host::Tee::kVm, "pidfd_getfd", false,
     "root administers the hypervisor: whoever takes the monitor's guest_memfd can map it, unless the "
     "hypervisor makes "
     "guest memory private",
     true},
    {host::Tee::kVm, "fd_reopen", false, "the same descriptor, by /proc/PID/fd", true},
    {host::Tee::kVm, "write_code", false,
     "the monitor is the hypervisor's, which root administers; the guest's code is not"},
    {host::Tee::kProcess, "write_code", true,
     "the keeper and the process that serves the enclave's host calls are its host: they hold nothing of a "
     "running enclave, and trace nothing"},
};

bool has_private_memory() {
  static const bool has = tee::probe_platform().kvm.private_memory.present;
  return has;
}

// The process that traces another one; 0: none.
pid_t tracer_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::string word;
  while (file >> word)
    if (word == "TracerPid:" && file >> word) return std::stoi(word);
  return 0;
}

bool is_out_of_scope(host::Tee tee, const attack::Attempt& attempt, pid_t enclave) {
  return std::any_of(std::begin(kOutOfScope), std::end(kOutOfScope), [&](const OutOfScope& one) {
    return one.tee == tee && one.method == attempt.method && !(one.unless_private && has_private_memory()) &&
           (!one.only_beside || (attempt.process != attack::describe(enclave) &&
                                 attempt.process != attack::describe(tracer_of(enclave))));
  });
}

std::vector<attack::Pattern> secret() {
  uint64_t seed = kSeed;
  Bytes bytes;
  for (int i = 0; i < 8; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const uint64_t word = seed ^ seed >> 29;
    for (int k = 0; k < 8; ++k) bytes.push_back(static_cast<uint8_t>(word >> 8 * k));
  }
  // Half of it is found as well, so that registers that were saved one by one do not slip through.
  return {{"secret", bytes}, {"first half", Bytes(bytes.begin(), bytes.begin() + 32)}};
}

// The holder of the secret, running in a TEE until end().
class Holder {
 public:
  Holder(host::Tee tee, const std::string& where) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    input_ = FileDescriptor(to[1]);
    output_ = FileDescriptor(from[0]);
    const FileDescriptor their_input(to[0]), their_output(from[1]);
    const host::Image image = image_of(kProgram, allow_host_arguments);
    enclave_.emplace(host::Enclave::launch(image, {.tee = tee,
                                                   .allow_unsigned = true,
                                                   .arguments = {where, std::to_string(kSeed)},
                                                   .standard_input = their_input.get(),
                                                   .standard_output = their_output.get()})
                         .value());
    char text[6];
    ready_ = read(output_.get(), text, sizeof text) > 0;
    // The enclave's process, those above it up to this one, and those below.
    for (const pid_t process : attack::family(getpid()))
      if (process != getpid()) processes_.push_back(process);
  }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] const std::vector<pid_t>& processes() const { return processes_; }
  [[nodiscard]] int process_id() const { return enclave_->process_id(); }
  host::End end() {
    input_.reset();
    return enclave_->wait().value();
  }

 private:
  FileDescriptor input_, output_;
  std::optional<host::Enclave> enclave_;
  std::vector<pid_t> processes_;
  bool ready_ = false;
};

class Confidentiality : public testing::TestWithParam<std::tuple<host::Tee, const char*>> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "the attacker of these tests is root";
    const host::Tee tee = std::get<0>(GetParam());
    if (const auto available = host::check_available(tee); !available)
      GTEST_SKIP() << available.error().message;
    if (const tee::Kvm kvm = tee::probe_platform().kvm;
        tee == host::Tee::kVm && !kvm.guest_memfd.present && !kvm.private_memory.present)
      GTEST_SKIP() << "root finds it, as doctor and the launch say: " << kvm.guest_memfd.detail;
  }
};

TEST_P(Confidentiality, RootFindsNothingWhileItRunsAndAfterItsEnd) {
  const auto& [tee, where] = GetParam();
  Holder holder(tee, where);
  ASSERT_TRUE(holder.ready());
  ASSERT_GE(holder.processes().size(), 2u) << "the keeper and the enclave's process";
  const auto attempts = attack::hunt({holder.processes(), secret(), {}, false});
  ASSERT_FALSE(attempts.empty());
  for (const attack::Attempt& attempt : attempts) {
    if (is_out_of_scope(tee, attempt, holder.process_id())) continue;
    EXPECT_NE(attempt.outcome, attack::Outcome::kFound)
        << attempt.method << " in " << attempt.process
        << (attempt.hits.empty() ? "" : ": " + attempt.hits[0].where);
  }
  // It survived the hunt, and leaves nothing in any descriptor that root took before the end.
  std::vector<attack::Attempt> left;
  std::thread hunter([&] { left.push_back(attack::search_after_end({holder.process_id()}, secret(), 30)); });
  usleep(300'000);
  const host::End end = holder.end();
  hunter.join();
  EXPECT_EQ(end.kind, host::EndKind::kExited) << end.message;
  EXPECT_NE(left[0].outcome, attack::Outcome::kFound) << left[0].why;
}

INSTANTIATE_TEST_SUITE_P(Tees, Confidentiality,
                         testing::Combine(kTeesWithoutEmulation,
                                          testing::Values("heap", "stack", "data", "registers", "file",
                                                          "freed")),
                         [](const auto& info) {
                           return std::string(host::to_string(std::get<0>(info.param))) + "_" +
                                  std::get<1>(info.param);
                         });

// The descriptors of a virtual machine's memory, which are there to be taken.
class GuestMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "the attacker of these tests is root";
    if (const auto available = host::check_available(host::Tee::kVm); !available)
      GTEST_SKIP() << available.error().message;
  }
  static bool leads_to_the_secret(const Holder& holder) {
    return attack::anything_found(
        attack::hunt({{holder.process_id()}, secret(), {"pidfd_getfd", "fd_reopen"}, false}));
  }
};

// KVM takes commands from the process alone that made the machine.
TEST_F(GuestMemory, AndProcessorsAreNotCommandedByWhoTakesTheirDescriptors) {
  Holder holder(host::Tee::kVm, "heap");
  ASSERT_TRUE(holder.ready());
  const auto taken = attack::take_all_descriptors(holder.process_id());
  ASSERT_TRUE(taken);
  size_t tried = 0;
  for (const attack::TakenDescriptor& one : *taken) {
    kvm_regs registers{};
    kvm_userspace_memory_region region{};
    if (one.name.starts_with("anon_inode:kvm-vcpu")) {
      ++tried;
      EXPECT_EQ(ioctl(one.file.get(), KVM_GET_REGS, &registers), -1);
      EXPECT_EQ(ioctl(one.file.get(), KVM_SET_REGS, &registers), -1);
      EXPECT_EQ(ioctl(one.file.get(), KVM_RUN, 0), -1);
    } else if (one.name.starts_with("anon_inode:kvm-vm")) {
      ++tried;
      region.slot = 9;
      EXPECT_EQ(ioctl(one.file.get(), KVM_SET_USER_MEMORY_REGION, &region), -1);
      EXPECT_EQ(ioctl(one.file.get(), KVM_CREATE_VCPU, 9), -1);
    }
  }
  EXPECT_GE(tried, 2u);
  EXPECT_EQ(holder.end().kind, host::EndKind::kExited);
}

// So that the next test says something.
TEST_F(GuestMemory, ThatIsNotPrivateCanBeReadByItsDescriptors) {
  if (has_private_memory()) GTEST_SKIP() << "it is private here";
  if (!tee::probe_platform().kvm.guest_memfd.present) GTEST_SKIP() << "there are no descriptors";
  Holder holder(host::Tee::kVm, "heap");
  ASSERT_TRUE(holder.ready());
  EXPECT_TRUE(leads_to_the_secret(holder));
  EXPECT_EQ(holder.end().kind, host::EndKind::kExited);
}

TEST_F(GuestMemory, ThatIsPrivateCanBeNeitherMappedNorReadByItsDescriptors) {
  if (!has_private_memory()) GTEST_SKIP() << tee::probe_platform().kvm.private_memory.detail;
  Holder holder(host::Tee::kVm, "heap");
  ASSERT_TRUE(holder.ready());
  EXPECT_FALSE(leads_to_the_secret(holder));
  const auto taken = attack::take_all_descriptors(holder.process_id());
  ASSERT_TRUE(taken);
  size_t tried = 0;
  for (const attack::TakenDescriptor& one : *taken) {
    struct stat status {};
    // What has a size and is not the sealed file of the image's code.
    if (one.name.find("memfd:strongroom") != std::string::npos || fstat(one.file.get(), &status) != 0 ||
        status.st_size == 0 || (status.st_mode & S_IFMT) != S_IFREG)
      continue;
    ++tried;
    uint8_t byte;
    EXPECT_EQ(pread(one.file.get(), &byte, 1, 0), -1) << one.name;
    for (const int sharing : {MAP_SHARED, MAP_PRIVATE})
      EXPECT_EQ(mmap(nullptr, 4096, PROT_READ, sharing, one.file.get(), 0), MAP_FAILED) << one.name;
  }
  EXPECT_EQ(tried, 2u) << "the enclave's memory, and that of its page tables";
  EXPECT_EQ(holder.end().kind, host::EndKind::kExited);
}

class Inspection : public InTee {};

TEST_P(Inspection, PtraceOfTheEnclaveIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "the attacker of these tests is root";
  if (GetParam() == host::Tee::kVm)
    GTEST_SKIP()
        << "vm: the monitor may be traced by root, and holds nothing of the enclave (the hunt above)";
  Holder holder(GetParam(), "heap");
  ASSERT_TRUE(holder.ready());
  EXPECT_EQ(ptrace(PTRACE_SEIZE, holder.process_id(), nullptr, nullptr), -1);
  EXPECT_EQ(ptrace(PTRACE_ATTACH, holder.process_id(), nullptr, nullptr), -1);
  EXPECT_EQ(holder.end().kind, host::EndKind::kExited);
}

// A tracer commands what it traces, so whoever could trace the tracer would command the enclave.
class Guardian : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "the attacker of these tests is root";
    if (const auto available = host::check_available(host::Tee::kProcess); !available)
      GTEST_SKIP() << available.error().message;
    holder_.emplace(host::Tee::kProcess, "heap");
    ASSERT_TRUE(holder_->ready());
    enclave_ = holder_->process_id();
    guardian_ = tracer_of(enclave_);
    ASSERT_NE(guardian_, 0);
  }
  std::optional<Holder> holder_;
  pid_t enclave_ = 0;
  pid_t guardian_ = 0;
};

TEST_F(Guardian, AndEnclaveTraceEachOtherSoThatRootTracesNeither) {
  EXPECT_EQ(tracer_of(guardian_), enclave_);
  for (const pid_t process : {enclave_, guardian_}) {
    for (const pid_t thread : attack::threads(process)) {
      EXPECT_EQ(ptrace(PTRACE_ATTACH, thread, nullptr, nullptr), -1);
      EXPECT_EQ(ptrace(PTRACE_SEIZE, thread, nullptr, nullptr), -1);
      EXPECT_EQ(ptrace(PTRACE_SEIZE, thread, nullptr, PTRACE_O_SUSPEND_SECCOMP), -1);
    }
  }
  EXPECT_EQ(holder_->end().kind, host::EndKind::kExited);
}

TEST_F(Guardian, AndEnclaveHaveNoDescriptorToTakeAndNoMemoryToWrite) {
  for (const pid_t process : {enclave_, guardian_}) {
    EXPECT_TRUE(attack::descriptors(process).empty());
    const FileDescriptor memory(
        open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDWR | O_CLOEXEC));
    size_t tried = 0;
    const auto mappings = attack::mappings(process);
    ASSERT_TRUE(mappings);
    for (const attack::Mapping& mapping : *mappings) {
      // What the enclave shares with its host is its host's to write.
      if (mapping.name.find("strongroom-exchange") != std::string::npos) continue;
      const uint64_t zero = 0;
      EXPECT_LE(pwrite(memory.get(), &zero, sizeof zero, static_cast<off_t>(mapping.start)), 0)
          << mapping.name;
      ++tried;
    }
    EXPECT_GT(tried, 3u);
  }
  EXPECT_EQ(holder_->end().kind, host::EndKind::kExited);
}

TEST_F(Guardian, TakesTheEnclaveWithIt) {
  EXPECT_EQ(kill(guardian_, SIGKILL), 0);
  // Before its input ends, and with it the program.
  for (int i = 0; i < 1000 && !attack::has_ended(enclave_); ++i) usleep(10'000);
  EXPECT_EQ(holder_->end().kind, host::EndKind::kFailed);
}

TEST_F(Guardian, EndsWithTheEnclave) {
  EXPECT_EQ(kill(enclave_, SIGKILL), 0);
  EXPECT_EQ(holder_->end().kind, host::EndKind::kFailed);
  // It may still be giving the enclave's memory back.
  for (int i = 0; i < 1000 && !attack::has_ended(guardian_); ++i) usleep(10'000);
  EXPECT_TRUE(attack::has_ended(guardian_));
}

TEST_F(Guardian, LetsAnEnclaveThatWasStoppedGoOn) {
  EXPECT_EQ(kill(enclave_, SIGSTOP), 0);
  usleep(20'000);
  EXPECT_EQ(ptrace(PTRACE_SEIZE, enclave_, nullptr, nullptr), -1);
  EXPECT_EQ(kill(enclave_, SIGCONT), 0);
  EXPECT_EQ(holder_->end().kind, host::EndKind::kExited);
}

INSTANTIATE_TEST_SUITE_P(Tees, Inspection, kTeesWithoutEmulation, tee_name);

}  // namespace
}  // namespace strongroom::tee_test
