// A host that enters an SGX enclave otherwise than agreed (kernel/port/sgx_layout.h). Runs under the
// emulator: this program is the host.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <functional>

#include "base/file.h"
#include "running.h"
#include "sgx_host.h"
#include "tee/sgx/processor.h"

namespace strongroom::tee_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class HostileHost : public SgxHost {
 public:
  using SgxHost::SgxHost;
  ~HostileHost() override { join(); }
  std::function<std::vector<Attempt>(uint32_t slot, const Entry& honest)> attempts;

 protected:
  std::vector<Attempt> before_entry(uint32_t slot, const Entry& honest) override {
    return attempts ? attempts(slot, honest) : std::vector<Attempt>{};
  }
};

// tests/tee/guest/hygiene.cc, which looks at all of its registers, does what some letters ask for.
class HostileEntry : public testing::Test {
 protected:
  void SetUp() override {
    if (!tee::sgx::is_emulated()) GTEST_SKIP() << "run it by ctest, which preloads the emulator";
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    their_input_ = FileDescriptor(ends[0]);
    input_ = FileDescriptor(ends[1]);
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    output_ = FileDescriptor(ends[0]);
    their_output_ = FileDescriptor(ends[1]);
    host_.emplace(STRONGROOM_TEST_PROGRAMS "/hygiene", std::vector<std::string>{"by letters"},
                  their_input_.get(), their_output_.get());
  }
  // The program finds all registers again, and does nothing twice.
  void expect_right(const std::string& letters) {
    ASSERT_EQ(write(input_.get(), letters.data(), letters.size()), static_cast<ssize_t>(letters.size()));
    input_.reset();
    host_->run();
    EXPECT_EQ(host_->end().kind, tee::EndKind::kExited) << host_->end().message;
    EXPECT_EQ(host_->end().status, 0);
    char text[65536];
    const ssize_t size = read(output_.get(), text, sizeof text);
    ASSERT_GT(size, 0);
    const std::string output(text, static_cast<size_t>(size));
    EXPECT_THAT(output, Not(HasSubstr("FAIL")));
    // One line for each probe that was made, and one for its result.
    const auto is_probe = [](char letter) { return letter != 'm' && letter != 'n'; };
    const auto probes = std::count_if(letters.begin(), letters.end(), is_probe);
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), static_cast<long>(letters.size()) + probes);
  }
  Entry enter(uint32_t slot, uint64_t rdi) const { return {.tcs = host_->tcs(slot), .rdi = rdi}; }

  FileDescriptor their_input_, input_, output_, their_output_;
  std::optional<HostileHost> host_;
};

// Where the arena is added before EINIT, nothing measures what stands in it.
TEST_F(HostileEntry, FindsNothingThatTheHostLeftInMemory) {
  if (!without_edmm()) GTEST_SKIP() << "pages that come later are zero by the processor's word";
  const arch::ImageRange arena = host_->header().arena;
  void* const begin = reinterpret_cast<void*>(host_->base() + arena.offset);
  ASSERT_EQ(mprotect(begin, arena.size, PROT_READ | PROT_WRITE), 0);
  std::memset(begin, 0xa5, arena.size);
  ASSERT_EQ(mprotect(begin, arena.size, PROT_NONE), 0);
  expect_right("rtwvkidp");
}

TEST_F(HostileEntry, FindsNoThreadThatTheKernelDidNotStart) {
  host_->attempts = [&](uint32_t slot, const Entry& honest) -> std::vector<Attempt> {
    // One of its own for each of the host's threads: two in one TCS would find it busy.
    const uint32_t unused = host_->header().thread_count - 1 - slot;
    return {{enter(unused, honest.rdi), exited(kRefused)},
            {enter(unused, host_->start().rdi), exited(kRefused)}};
  };
  expect_right("rtwvkidpmas");
}

TEST_F(HostileEntry, AtWhatIsNoThreadOfTheEnclaveFails) {
  host_->attempts = [&](uint32_t, const Entry& honest) {
    const auto at = [&](uint64_t tcs) { return Entry{.tcs = tcs, .rdi = honest.rdi}; };
    const uint64_t first = host_->tcs(0);
    std::vector<Attempt> attempts;
    for (const uint64_t odd : {first + 8, first + 0x800, first - 1})
      attempts.push_back({at(odd), faulted(kEnter, kGeneralProtection)});
    for (const uint64_t page : {host_->base(), host_->base() + host_->header().kernel.offset,
                                host_->base() + host_->header().ssa.offset, host_->start().rdi, uint64_t{0}})
      attempts.push_back({at(page), faulted(kEnter, kPageFault)});
    return attempts;
  };
  expect_right("rtia");
}

TEST_F(HostileEntry, ThatResumesWhatWasNotInterruptedFails) {
  host_->attempts = [&](uint32_t slot, const Entry& honest) -> std::vector<Attempt> {
    // After an exception something is to be resumed.
    if (honest.rdi != 0 || honest.leaf == kResume) return {};
    return {{{.leaf = kResume, .tcs = host_->tcs(slot)}, faulted(kResume, kGeneralProtection)}};
  };
  expect_right("rtvia");
}

TEST_F(HostileEntry, ClaimsNoExceptionThatDidNotHappen) {
  host_->attempts = [&](uint32_t slot, const Entry& honest) {
    std::vector<Attempt> attempts;
    if (honest.rdi == 0 || honest.rdi > 31) return attempts;  // nothing happened
    for (uint64_t vector = 0; vector < 34; ++vector)
      if (vector != honest.rdi) attempts.push_back({enter(slot, vector), exited(kRefused)});
    attempts.push_back({enter(slot, honest.rdi | uint64_t{1} << 32), exited(kRefused)});
    return attempts;
  };
  expect_right("tvkidp");
}

TEST_F(HostileEntry, LiesAboutErrorCodeAndAddressInVain) {
  host_->attempts = [&](uint32_t slot, const Entry& honest) -> std::vector<Attempt> {
    if (honest.rdi != kPageFault) return {};
    Entry lie = enter(slot, kPageFault);
    lie.rsi = ~uint64_t{0};
    lie.rdx = host_->base() + host_->header().kernel.offset;
    // It is taken, but not at its word; the honest one that follows is one too many.
    return {{lie, exited(kResumeWanted)}};
  };
  ASSERT_EQ(write(input_.get(), "p", 1), 1);
  input_.reset();
  EXPECT_EQ(host_->run(), exited(kRefused));
}

// A host that comes back with an exception that was taken already would have it handled twice.
TEST_F(HostileEntry, BringsNoExceptionTwice) {
  static thread_local std::optional<uint64_t> last;
  host_->attempts = [&](uint32_t slot, const Entry& honest) {
    std::vector<Attempt> attempts;
    if (honest.leaf == kResume && last)
      attempts = {{enter(slot, *last), exited(kRefused)}, {enter(slot, kPageFault), exited(kRefused)}};
    last = honest.rdi;
    return attempts;
  };
  expect_right("rtwvkidpmas");
}

// Every call has failed then, up to the last one, by which the enclave says again and again that it ended.
TEST_F(HostileEntry, WithoutAnyAnswerComesToAnEnd) {
  host_->leave_unanswered(1000);
  EXPECT_EQ(host_->run(), exited(kCall));
  EXPECT_THAT(host_->last_call(), testing::AnyOf(static_cast<uint32_t>(kernel::HostCall::kExit),
                                                 static_cast<uint32_t>(kernel::HostCall::kAbort)));
}

TEST_F(HostileEntry, WithExchangesInsideTheEnclaveEndsIt) {
  host_->attempts = [&](uint32_t, const Entry&) -> std::vector<Attempt> {
    const uint64_t inside = host_->base() + host_->header().enclave_size - arch::kPageSize;
    // Nobody is there to tell. Nor is there a way on.
    return {{enter(0, inside), faulted(kResume, kPageFault)}};
  };
  EXPECT_EQ(host_->run(), exited(kRefused));
}

TEST_F(HostileEntry, WithGarbageInAllRegistersChangesNothing) {
  host_->bring_garbage();
  expect_right("rtwvkidpmasnrtwvkidpas");
}

volatile sig_atomic_t traps = 0;

TEST_F(HostileEntry, WithTheTrapFlagStepsTheHostAlone) {
  struct sigaction action {};
  action.sa_handler = [](int) { traps = traps + 1; };
  sigaction(SIGTRAP, &action, nullptr);
  host_->attempts = [&](uint32_t, const Entry&) {
    if (host_->last_call() == static_cast<uint32_t>(kernel::HostCall::kConsoleRead))
      host_->bring_flags(0x100);
    return std::vector<Attempt>{};
  };
  // A thousand system calls inside are tens of thousands of instructions.
  expect_right("nti");
  EXPECT_GT(traps, 0);
  EXPECT_LT(traps, 10'000);
}

}  // namespace
}  // namespace strongroom::tee_test
