// A host that enters an SGX enclave otherwise than agreed (kernel/port/sgx_layout.h). Runs under the
// emulator: this program is the host.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "running.h"
#include "tee/host_clock.h"
#include "tee/launch.h"
#include "tee/sgx/driver.h"
#include "tee/sgx/processor.h"
#include "tee/sgx/vdso.h"

namespace strongroom::tee_test {
namespace {

using namespace tee;
using namespace tee::sgx;

constexpr uint32_t kEnter = 2, kResume = 3, kExit = 4;
constexpr uint64_t kCall = 1, kResumeWanted = 2, kRefused = 3;
constexpr uint64_t kInvalidOpcode = 6, kGeneralProtection = 13;

// How the processor came back: by EEXIT with a code, or by an exception.
struct Left {
  uint32_t function;
  uint64_t code;
  uint64_t vector;
  bool operator==(const Left&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Left& left) {
  return out << "function " << left.function << ", code " << left.code << ", vector " << left.vector;
}
constexpr Left exited(uint64_t code) {
  return {kExit, code, 0};
}

class HostileEntry : public testing::Test, public TeeCalls {
 protected:
  void SetUp() override {
    if (!is_emulated()) GTEST_SKIP() << "run it by ctest, which preloads the emulator";
    Bytes file = build(STRONGROOM_TEST_PROGRAMS "/faults", [](image::Manifest& manifest) {
      allow_host_arguments(manifest);
      manifest.heap_size = uint64_t{16} << 20;
    });
    image_.emplace(prepare_image(std::move(file)).value());
    base_ = choose_base(header().enclave_size);
    device_.emplace(EnclaveDevice::open().value());
    const auto loaded = device_->load(*image_, base_, false);
    ASSERT_TRUE(loaded) << loaded.error().message;
    void* const memory = mmap(nullptr, header().thread_count * kernel::kExchangeSize, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    exchanges_ = static_cast<kernel::Exchange*>(memory);
    const kernel::CpuidTable cpuid = enclave_cpuid(device_->xfrm());
    std::memcpy(exchanges_[0].payload, &cpuid, sizeof cpuid);
    enter_ = find_in_vdso("__vdso_sgx_enter_enclave").value();
    services_.emplace(header().thread_count, *this);
    services_->start(make_start_block({.arguments = {"ud2"}}).value(),
                     {.input = -1, .output = -1, .error = 2});
  }

  [[nodiscard]] const arch::ImageHeader& header() const { return image_->view.header(); }

  Left enter(uint32_t slot, uint32_t leaf, const EntryRegisters& given) {
    sgx_enclave_run run{};
    run.tcs = base_ + header().tcs.offset + slot * arch::kPageSize;
    EntryRegisters registers = given;
    write_clock(exchanges_[slot]);
    EXPECT_EQ(strongroom_sgx_enter(enter_, leaf, &run, &registers), 0);
    if (run.function == kExit) return exited(registers.rdi);
    return {run.function, 0, run.exception_vector};
  }
  [[nodiscard]] EntryRegisters right() const { return {.rdi = reinterpret_cast<uint64_t>(exchanges_)}; }

  // Serves the enclave as it should be, to the first instruction of the program that an enclave refuses. What
  // faults before is memory that is touched for the first time. Nothing is resumed from elsewhere: the
  // enclave counts on one stack pointer of its host's.
  Left run_to_fault() {
    uint32_t leaf = kEnter;
    EntryRegisters registers = right();
    for (int i = 0; i < 100000; ++i) {
      const Left left = enter(0, leaf, registers);
      leaf = kEnter;
      registers = right();
      if (left == exited(kCall)) {
        if (services_->serve(0, exchanges_[0]) == CallOutcome::kEnclaveEnded) return left;
      } else if (left == exited(kResumeWanted)) {
        leaf = kResume;
      } else if (left.function == kResume && left.vector != kInvalidOpcode) {
        registers = {.rdi = left.vector};
      } else {
        return left;
      }
    }
    return {};
  }

  int64_t change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t permissions) override {
    if (change == 1) return device_->restrict_permissions(offset, size, permissions);
    return change == 2 ? device_->trim(offset, size) : device_->remove(offset, size);
  }

  std::optional<PreparedImage> image_;
  std::optional<EnclaveDevice> device_;
  std::optional<HostServices> services_;
  kernel::Exchange* exchanges_ = nullptr;
  uint64_t base_ = 0;
  uint64_t enter_ = 0;
};

TEST_F(HostileEntry, AThreadThatTheKernelDidNotStartIsRefused) {
  EXPECT_EQ(enter(1, kEnter, right()), exited(kRefused));
  EXPECT_EQ(run_to_fault().vector, kInvalidOpcode) << "the first one starts";
  EXPECT_EQ(enter(1, kEnter, right()), exited(kRefused));
}

TEST_F(HostileEntry, ExchangesInsideTheEnclaveEndIt) {
  const Left left = enter(0, kEnter, {.rdi = base_ + header().enclave_size - arch::kPageSize});
  EXPECT_EQ(left.function, kResume) << "it traps: nobody is there to tell";
  EXPECT_EQ(enter(0, kEnter, {.rdi = left.vector}), exited(kRefused)) << "nor is there a way on";
}

TEST_F(HostileEntry, NothingIsResumedThatWasNotInterrupted) {
  const Left left = enter(0, kResume, right());
  EXPECT_EQ(left.vector, kGeneralProtection) << left;
}

}  // namespace
}  // namespace strongroom::tee_test
