#include <gtest/gtest.h>

#include "attest/testing/amd_world.h"
#include "attest/testing/expectation.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "base/encoding.h"
#include "strongroom/attestation_result.h"

namespace strongroom::attest {
namespace {

using namespace testing;

struct Value {
  int identity, configuration, executables, hardware, opaque;  // -100: absent
  TrustTier tier;
};
constexpr int kAbsent = -100;

void expect_vector(const VerificationResult& result, const Value& wanted) {
  const TrustVector vector = trust_vector(result);
  const auto value = [](const std::optional<int8_t>& claim) { return claim ? int{*claim} : kAbsent; };
  EXPECT_EQ(value(vector.instance_identity), wanted.identity) << report(result);
  EXPECT_EQ(value(vector.configuration), wanted.configuration) << report(result);
  EXPECT_EQ(value(vector.executables), wanted.executables) << report(result);
  EXPECT_EQ(value(vector.hardware), wanted.hardware) << report(result);
  EXPECT_EQ(value(vector.runtime_opaque), wanted.opaque) << report(result);
  EXPECT_EQ(to_string(trust_tier(result)), to_string(wanted.tier)) << report(result);
}

Policy policy(const std::string& rule) {
  return Policy::parse("version = 1\n[[root]]\nname = \"test\"\nkey_sha256 = \"" + std::string(64, '0') +
                           "\"\n[[allow]]\nroots = [\"test\"]\n" + rule,
                       "policy")
      .value();
}

template <typename Spec>
VerificationResult judged(const Spec& spec, const Policy* policy = nullptr) {
  const auto made = build(spec);
  made->options.policy = policy;
  return verify(made->evidence, made->options);
}

TEST(TrustVector, OfGoodEvidenceAffirmsWhatWasAppraised) {
  expect_vector(judged(good_intel(3, false, false)), {kAbsent, 3, 0, 2, 2, TrustTier::kAffirming});
  expect_vector(judged(good_nitro()), {kAbsent, 3, 0, 2, 32, TrustTier::kWarning});
  const Policy names_code = policy("tee = [\"sgx\"]\nsigner = [\"" + to_hex(Bytes(32, 0x51)) + "\"]\n");
  expect_vector(judged(good_intel(3, false, false), &names_code),
                {kAbsent, 2, 3, 2, 2, TrustTier::kAffirming});
}

TEST(TrustVector, OfADebuggableGuestSaysThatItsMemoryIsVisible) {
  AmdSpec spec = good_amd(2, "Milan", false);
  spec.report[0x0a] |= 0x08;
  expect_vector(judged(spec), {kAbsent, 96, 0, 2, 96, TrustTier::kContraindicated});
  // A policy can accept it; the vector does not forget it.
  const Policy lenient = policy("tee = [\"sev-snp\"]\ninsecure_any_code = true\ninsecure_debug = true\n");
  const VerificationResult result = judged(spec, &lenient);
  EXPECT_EQ(result.verdict, Verdict::kAccepted) << report(result);
  expect_vector(result, {kAbsent, 32, 0, 2, 96, TrustTier::kContraindicated});
}

TEST(TrustVector, OfAnOldPlatformWarnsOfItsHardware) {
  IntelSpec spec = good_intel(3, false, false);
  spec.components = std::vector<unsigned>(16, 2);
  expect_vector(judged(spec), {kAbsent, 3, 0, 32, 2, TrustTier::kContraindicated});
  const Policy lenient = policy(
      "tee = [\"sgx\"]\ninsecure_any_code = true\ninsecure_any_advisory = true\ntcb_status = "
      "[\"OutOfDate\"]\n");
  expect_vector(judged(spec, &lenient), {kAbsent, 2, 0, 32, 2, TrustTier::kWarning});
  spec.components = std::vector<unsigned>(16, 1);
  expect_vector(judged(spec), {kAbsent, 3, 0, 96, 2, TrustTier::kContraindicated});
}

TEST(TrustVector, OfAWrongSignatureSaysSoEverywhere) {
  NitroSpec spec = good_nitro();
  spec.sign_with_other_key = true;
  expect_vector(judged(spec), {99, 99, 99, 99, 99, TrustTier::kContraindicated});
}

TEST(TrustVector, OfAForeignRootDoesNotRecogniseTheHardware) {
  NitroSpec spec = good_nitro();
  spec.trust_root = false;
  expect_vector(judged(spec), {kAbsent, 0, 0, 97, 0, TrustTier::kContraindicated});
}

TEST(TrustVector, OfARevokedPlatformContraindicatesTheInstance) {
  IntelSpec spec = good_intel(3, false, false);
  spec.platform_revokes = {3};
  expect_vector(judged(spec), {96, 0, 0, 96, 0, TrustTier::kContraindicated});
}

TEST(TrustVector, OfWhatCouldNotBeFoundOutClaimsNothing) {
  IntelSpec spec = good_intel(3, false, false);
  spec.collateral = {"root"};
  const VerificationResult result = judged(spec);
  EXPECT_EQ(result.verdict, Verdict::kUndetermined) << report(result);
  expect_vector(result, {kAbsent, 3, 0, 0, 2, TrustTier::kNone});
}

TEST(TrustVector, OfGarbageIsContraindicated) {
  expect_vector(verify(Bytes{1, 2, 3}, {}), {kAbsent, 1, 1, 1, kAbsent, TrustTier::kContraindicated});
}

TEST(TrustVector, OfCodeThatThePolicyDoesNotNameIsUnrecognised) {
  const Policy other = policy("tee = [\"sgx\"]\nsigner = [\"" + std::string(64, '9') + "\"]\n");
  expect_vector(judged(good_intel(3, false, false), &other),
                {kAbsent, 3, 33, 2, 2, TrustTier::kContraindicated});
}

TEST(TrustTier, OfAWholeIsThatOfItsWorstLayer) {
  const auto device = [](std::vector<std::string> advisories) {
    VerificationResult result;
    result.verdict = Verdict::kAccepted;
    result.authentic = true;
    result.claims.tee = "nvidia-gpu";
    result.claims.root = "nvidia-device-root";
    result.advisories = std::move(advisories);
    return result;
  };
  VerificationResult all = device({});
  all.layers = {device({}), device({})};
  EXPECT_EQ(trust_tier(all), TrustTier::kAffirming);
  all.layers = {device({}), device({"ADVISORY-1"}), device({})};
  EXPECT_EQ(trust_tier(all), TrustTier::kWarning);
}

TEST(TrustTier, FollowsTheRangesOfTheDraft) {
  for (const auto& [value, tier] : {std::pair{0, TrustTier::kNone},
                                    {1, TrustTier::kNone},
                                    {-1, TrustTier::kNone},
                                    {2, TrustTier::kAffirming},
                                    {31, TrustTier::kAffirming},
                                    {-2, TrustTier::kAffirming},
                                    {-32, TrustTier::kAffirming},
                                    {32, TrustTier::kWarning},
                                    {95, TrustTier::kWarning},
                                    {-33, TrustTier::kWarning},
                                    {-96, TrustTier::kWarning},
                                    {96, TrustTier::kContraindicated},
                                    {127, TrustTier::kContraindicated},
                                    {-97, TrustTier::kContraindicated},
                                    {-128, TrustTier::kContraindicated}})
    EXPECT_EQ(tier_of(static_cast<int8_t>(value)), tier) << value;
}

}  // namespace
}  // namespace strongroom::attest
