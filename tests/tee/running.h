// Building images from ordinary programs and running them in a TEE, for the tests of this directory. Nothing
// here waits longer than kPatience for an enclave: one that hangs is killed, and the test fails.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "image/manifest.h"
#include "strongroom/host.h"

namespace strongroom::tee_test {

inline constexpr std::chrono::seconds kPatience{150};

// The TEEs that the suite runs in, and how a test is named by them. `sgx` is emulated (emulator/sgx), unless
// STRONGROOM_SGX_EMULATOR is set and empty.
inline const auto kTees = testing::Values(host::Tee::kProcess, host::Tee::kVm, host::Tee::kSgx);
// Without `sgx`, for what it would say nothing about: an emulated enclave protects nothing, so nobody need
// search it.
inline const auto kTeesWithoutEmulation = testing::Values(host::Tee::kProcess, host::Tee::kVm);
// The lives of keepers and spares are the same for all TEEs, and are hundreds of launches, each a third of a
// second or more where the processor is emulated. So `sgx` has its own, disabled, instances of them:
// --gtest_also_run_disabled_tests --gtest_filter='*sgx', in a process of their own.
#define STRONGROOM_INSTANTIATE_WITHOUT_EMULATION(suite)                   \
  INSTANTIATE_TEST_SUITE_P(Tees, suite, kTeesWithoutEmulation, tee_name); \
  INSTANTIATE_TEST_SUITE_P(DISABLED_Emulated, suite, testing::Values(host::Tee::kSgx), tee_name)
std::string tee_name(const testing::TestParamInfo<host::Tee>& info);

// Whether `sgx` is emulated as a machine that cannot change enclaves (STRONGROOM_SGX_EMULATOR_MODEL): then
// all images are for such machines.
bool without_edmm();
// Whether all images ask for AEX-Notify (STRONGROOM_TEST_AEX_NOTIFY); what they do must be the same in every
// TEE.
bool with_aex_notify();
// Whether it is so with SGX1, which tells enclaves neither of page faults nor of general protection faults: a
// program that has one is ended by its host, whatever it would do about it.
bool faults_go_unreported(host::Tee tee);

// The kernel of this build, or in its place that which STRONGROOM_TEST_KERNEL_FILE names: one with a fault,
// for scripts/mutate.
std::string kernel_file();

using Adjust = std::function<void(image::Manifest&)>;

// The bytes of an unsigned image of a program, by the default manifest and what `adjust` changes. Aborts the
// test program when it cannot be built.
Bytes build(const std::filesystem::path& program, const Adjust& adjust = {});
host::Image image_of(const std::filesystem::path& program, const Adjust& adjust = {});
// The image and the host's arguments for it.
void allow_host_arguments(image::Manifest& manifest);

struct Finished {
  host::End end;
  std::string output;
  std::string error;
  bool in_time = true;
};
// For messages of tests.
std::ostream& operator<<(std::ostream& out, const Finished& finished);

struct Request {
  host::Tee tee = host::Tee::kAuto;
  std::vector<std::string> arguments{};
  std::vector<std::string> environment{};
  std::string input{};
  bool debug = false;
  bool hold_input = false;                              // the input never ends
  std::function<void(host::Enclave&)> while_running{};  // called once, after the launch
};
// Runs to the end with pipes as streams. A launch that fails throws: in these tests that is a failure.
Finished run(const host::Image& image, const Request& request);
// The program itself, without any TEE.
Finished run_natively(const std::filesystem::path& program, const std::vector<std::string>& arguments);

// Skips where this machine lacks the TEE, and says why.
class InTee : public testing::TestWithParam<host::Tee> {
 protected:
  void SetUp() override;
};

}  // namespace strongroom::tee_test
