// Machines that cannot change enclaves. Runs under the emulator once for each STRONGROOM_SGX_EMULATOR_MODEL.
#include <cpuid.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <x86intrin.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "preload/test_host.h"

// The emulator's.
extern "C" __attribute__((weak)) const bool strongroom_sgx_emulator_has_sgx2;

namespace strongroom::sgx {
namespace {

constexpr uint32_t kEexit = 4, kEresume = 3;
constexpr unsigned kInvalidOpcode = 6, kPageFault = 14;

bool is_sgx1() {
  const char* const model = std::getenv("STRONGROOM_SGX_EMULATOR_MODEL");
  return model != nullptr && std::string_view(model) == "sgx1";
}

class WithoutEdmm : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(std::getenv("STRONGROOM_SGX_EMULATOR_MODEL"), nullptr) << "run it by ctest";
    enclave_ = std::make_unique<TestEnclave>(0, is_sgx1() ? 0 : uint32_t{arch::kMiscExinfo});
    ASSERT_EQ(enclave_->initialise(), 0);
    enclave_->map();
  }
  std::unique_ptr<TestEnclave> enclave_;
};

TEST_F(WithoutEdmm, TheCallsThatChangeEnclavesAreRefusedAsLinuxDoes) {
  const int expected = is_sgx1() ? ENODEV : ENOTTY;  // Linux 6.1 on SGX1; Linux before 6.0
  uapi::RestrictPermissions restricted{};
  uapi::ModifyTypes modify{};
  uapi::RemovePages remove{};
  EXPECT_EQ(enclave_->ioctl(uapi::kRestrictPermissions, &restricted), expected);
  EXPECT_EQ(enclave_->ioctl(uapi::kModifyTypes, &modify), expected);
  EXPECT_EQ(enclave_->ioctl(uapi::kRemovePages, &remove), expected);
}

TEST_F(WithoutEdmm, NoPageComesWhenItIsTouched) {
  void* const free = reinterpret_cast<void*>(enclave_->at(8));
  ASSERT_NE(mmap(free, arch::kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, enclave_->fd, 0),
            MAP_FAILED);
  for (const Command command : {Command::kLoad, Command::kStore}) {
    const Answer answer = enclave_->call(command, enclave_->at(8), command == Command::kLoad ? 1 : 6);
    EXPECT_EQ(answer.run.function, kEresume);
    EXPECT_EQ(answer.run.vector, kPageFault);
  }
}

TEST_F(WithoutEdmm, TheHostsPageTablesOpenAndCloseWhatWasAdded) {
  void* const data = reinterpret_cast<void*>(enclave_->at(4));
  ASSERT_EQ(mprotect(data, arch::kPageSize, PROT_NONE), 0);
  EXPECT_EQ(enclave_->call(Command::kStore, enclave_->at(4)).run.vector, kPageFault);
  ASSERT_EQ(mprotect(data, arch::kPageSize, PROT_READ | PROT_WRITE), 0);
  EXPECT_EQ(enclave_->call(Command::kStore, enclave_->at(4), 6).run.function, kEexit);
  EXPECT_NE(mprotect(data, arch::kPageSize, PROT_READ | PROT_EXEC), 0) << "not as it was added";
}

TEST_F(WithoutEdmm, APageFaultIsToldToTheEnclaveOnlyWithExinfo) {
  ASSERT_EQ(mprotect(reinterpret_cast<void*>(enclave_->at(4)), arch::kPageSize, PROT_NONE), 0);
  ASSERT_EQ(enclave_->call(Command::kLoad, enclave_->at(4)).run.vector, kPageFault);
  const uint64_t exit_info = enclave_->call(Command::kSkip, 0).rdx;
  EXPECT_EQ(exit_info, is_sgx1() ? 0u : 0x8000030eu);
}

TEST_F(WithoutEdmm, TimestampsAreReadInsideByOneWithSgx2Alone) {
  const uint64_t before = __rdtsc();
  const Answer answer = enclave_->call(Command::kTimestamp);
  EXPECT_EQ(answer.run.function, is_sgx1() ? kEresume : kEexit);
  EXPECT_EQ(answer.run.vector, is_sgx1() ? kInvalidOpcode : 0);
  EXPECT_GT(__rdtsc(), before) << "outside it is always legal";
}

TEST_F(WithoutEdmm, TheProcessorSaysWhatItHas) {
  EXPECT_EQ(strongroom_sgx_emulator_has_sgx2, !is_sgx1());
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __cpuid_count(0x12, 0, eax, ebx, ecx, edx);
  if ((eax & 1) == 0) GTEST_SKIP() << "this processor cannot make CPUID fault";
  EXPECT_EQ(eax & 2, is_sgx1() ? 0u : 2u);
  EXPECT_EQ(ebx, is_sgx1() ? 0u : 1u);
}

}  // namespace
}  // namespace strongroom::sgx
