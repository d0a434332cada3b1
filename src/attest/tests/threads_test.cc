// The verifier is used by several threads at once, which share collateral, policy and cache.
#include <gtest/gtest.h>

#include <thread>

#include "attest/testing/amd_world.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"

namespace strongroom::attest::testing {
namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 5;

template <typename Body>
void in_threads(const Body& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) body();
    });
  for (std::thread& thread : threads) thread.join();
}

// `built` and a copy of it with one byte changed, by turns of every thread.
template <typename Built>
void expect_same_verdicts_in_threads(Built& built) {
  VerificationCache cache;
  built.options.cache = &cache;
  Bytes forged = built.evidence;
  forged[forged.size() / 3] ^= 1;
  in_threads([&] {
    EXPECT_EQ(verify(built.evidence, built.options).verdict, Verdict::kAccepted);
    EXPECT_NE(verify(forged, built.options).verdict, Verdict::kAccepted);
    EXPECT_FALSE(decode(built.evidence).format.empty());
  });
}

TEST(ThreadsThatVerify, ShareTheCollateralOfIntel) {
  expect_same_verdicts_in_threads(*build(good_intel(4, true, false)));
}

TEST(ThreadsThatVerify, ShareTheCollateralOfAmd) {
  expect_same_verdicts_in_threads(*build(good_amd(3, "Milan", false)));
}

TEST(ThreadsThatVerify, ShareTheCollateralOfAws) {
  expect_same_verdicts_in_threads(*build(good_nitro()));
}

TEST(ThreadsThatVerify, ShareAPolicy) {
  const auto built = build(good_intel(3, false, false));
  // The roots that a call adds are named by it; a policy must know the name.
  const std::string key(64, 'a');
  const auto policy = [&](const std::string& tee) {
    return Policy::parse("version = 1\n[[root]]\nname = \"test\"\nkey_sha256 = \"" + key +
                             "\"\n[[allow]]\ntee = [\"" + tee +
                             "\"]\ninsecure_any_code = true\nroots = [\"test\"]\n",
                         "test.toml");
  };
  const auto admits = policy("sgx");
  const auto refuses = policy("tdx");
  ASSERT_TRUE(admits) << admits.error().message;
  ASSERT_TRUE(refuses) << refuses.error().message;
  in_threads([&] {
    VerificationOptions options = built->options;
    options.policy = &*admits;
    EXPECT_EQ(verify(built->evidence, options).verdict, Verdict::kAccepted);
    options.policy = &*refuses;
    EXPECT_EQ(verify(built->evidence, options).verdict, Verdict::kRefused);
  });
}

}  // namespace
}  // namespace strongroom::attest::testing
