// The enclave of trial.edl in one TEE, and what it may ask.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <stdexcept>

#include "trial_host.h"

namespace strongroom::host {

// `sgx` is emulated (emulator/sgx), unless STRONGROOM_SGX_EMULATOR is set and empty.
struct Place {
  Tee tee;
  bool edmm = true;  // else the image is one for machines that do not change enclaves

  operator Tee() const { return tee; }  // NOLINT(google-explicit-constructor): what the tests tell apart
};
inline const auto kTees =
    ::testing::Values(Place{Tee::kProcess}, Place{Tee::kVm}, Place{Tee::kSgx}, Place{Tee::kSgx, false});
inline const int emulator_chosen = setenv("STRONGROOM_SGX_EMULATOR", STRONGROOM_TEST_SGX_EMULATOR, 0);

inline std::string tee_name(const ::testing::TestParamInfo<Place>& info) {
  return std::string(to_string(info.param.tee)) + (info.param.edmm ? "" : "_without_edmm");
}

class Answers : public trial::HostFunctions {
 public:
  uint64_t answer(uint64_t value) override {
    ++answered;
    return 2 * value;
  }
  uint64_t deeper(uint32_t depth) override {
    const auto below = enclave->descend_further(depth);
    // Its end: what went wrong innermost. Messages that cross are short.
    if (!below) throw std::runtime_error(below.error().message.substr(below.error().message.rfind("trial.")));
    return *below + 1;
  }
  uint64_t answer_switchless(uint64_t value) override { return answer(value); }
  uint64_t deeper_switchless(uint32_t depth) override {
    const auto below = enclave->descend_switchless(depth);
    if (!below) throw std::runtime_error(below.error().message.substr(below.error().message.rfind("trial.")));
    return *below + 1;
  }
  void hang() override {
    hanging.set_value();
    released.wait();
  }
  void refuse(std::string_view message) override {
    throw std::runtime_error("refused: " + std::string(message));
  }

  trial::Enclave* enclave = nullptr;
  std::atomic<uint64_t> answered{0};
  std::promise<void> hanging;
  std::promise<void> release;
  std::shared_future<void> released{release.get_future()};
};

class TrialTest : public ::testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    if (const auto available = check_available(GetParam()); !available)
      GTEST_SKIP() << available.error().message;
    static const auto with_edmm = Image::open(STRONGROOM_TRIAL),
                      without_edmm = Image::open(STRONGROOM_TRIAL_FIXED);
    const auto& image = GetParam().edmm ? with_edmm : without_edmm;
    ASSERT_TRUE(image) << image.error().message;
    auto launched = launch(*image);
    ASSERT_TRUE(launched) << launched.error().message;
    enclave_.emplace(std::move(*launched));
    answers_.enclave = &*enclave_;
  }
  Result<trial::Enclave> launch(const Image& image) {
    LaunchOptions options;
    options.tee = GetParam();
    options.allow_unsigned = true;
    options.switchless_workers = 1;
    return trial::Enclave::launch(image, answers_, options);
  }

  Answers answers_;
  std::optional<trial::Enclave> enclave_;
};

}  // namespace strongroom::host
