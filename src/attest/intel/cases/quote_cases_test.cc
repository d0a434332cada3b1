#include "attest/intel/cases/quote_cases.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

constexpr Flavour kFlavours[] = {{"sgx3", 3, false, false}, {"sgx4", 4, false, false},
                                 {"tdx4", 4, true, false},  {"sgx5", 5, false, false},
                                 {"tdx5", 5, true, false},  {"td15", 5, true, true}};

class QuoteCases : public ::testing::TestWithParam<Flavour> {};

TEST_P(QuoteCases, EachComesToItsVerdictByItsCheck) {
  const Flavour& flavour = GetParam();
  QuoteTable cases(good_intel(flavour.version, flavour.tdx, flavour.td15));
  cases.add("good", [](IntelSpec&) {}, {kAccepted});
  add_field_cases(flavour, cases);
  add_signature_cases(cases);
  add_length_cases(cases);
  add_certificate_cases(cases);
  add_revocation_cases(cases);
  add_document_cases(flavour, cases);
  if (flavour.tdx) add_tdx_cases(flavour, cases);
  cases.run();
}

INSTANTIATE_TEST_SUITE_P(Intel, QuoteCases, ::testing::ValuesIn(kFlavours),
                         [](const auto& info) { return info.param.name; });

TEST(QuoteStatus, TdsHaveNoQuotesOfVersion3) {
  const auto built = build(good_intel(3, true, false));
  expect(verify(built->evidence, built->options), {kMalformed, "form"});
}

TEST(QuoteStatus, RelaunchIsAdvisedOnlyWhereThePlatformHasMovedOn) {
  IntelSpec spec = good_intel(5, true, true);
  spec.report[0] = 3;  // the TD was launched on module 3 and component 2, which are out of date
  spec.report[2] = 2;
  auto built = build(spec);
  EXPECT_EQ(verify(built->evidence, built->options).tcb_status, "TDRelaunchAdvised");
  spec.report[586] = 2;  // and the platform still has that component
  built = build(spec);
  EXPECT_EQ(verify(built->evidence, built->options).tcb_status, "OutOfDate");
}

TEST(QuoteStatus, RelaunchIsNoAdviceWhereSomethingElseIsBehind) {
  const auto status = [](const std::function<void(IntelSpec&)>& change) {
    IntelSpec spec = good_intel(5, true, true);
    spec.report[0] = 3;
    spec.report[2] = 2;
    change(spec);
    const auto built = build(spec);
    return verify(built->evidence, built->options).tcb_status;
  };
  EXPECT_EQ(status([](IntelSpec&) {}), "TDRelaunchAdvised");
  EXPECT_EQ(status([](IntelSpec& s) { s.qe_report[258] = 7; }), "OutOfDate");
  EXPECT_EQ(status([](IntelSpec& s) { s.components.assign(16, 2); }), "OutOfDate");
  EXPECT_EQ(status([](IntelSpec& s) { s.report[2] = 1; }), "Revoked");
  EXPECT_EQ(status([](IntelSpec& s) { s.report[0] = 5; }), "OutOfDate");
  EXPECT_EQ(status([](IntelSpec& s) { s.report[584] = 4; }), "OutOfDate");
}

TEST(QuoteStatus, RevocationOfThePlatformCountsWhateverTheTdsLevelIs) {
  IntelSpec spec = good_intel(4, true, false);
  spec.components.assign(16, 1);
  spec.report[2] = 2;
  spec.tcb_levels =
      tcb_level(1, 5, 5, "Revoked", "INTEL-SA-4", true) + "," + tcb_level(1, 1, 5, "OutOfDate", "", true);
  const auto built = build(spec);
  EXPECT_EQ(verify(built->evidence, built->options).tcb_status, "Revoked");
}

TEST(QuoteStatus, LevelsConvergeAsIntelSays) {
  struct Row {
    unsigned platform, pce, qe;
    const char* status;
  };
  for (const Row& row :
       {Row{5, 10, 8, "UpToDate"}, Row{4, 10, 8, "SWHardeningNeeded"}, Row{4, 9, 8, "ConfigurationNeeded"},
        Row{2, 10, 8, "OutOfDate"}, Row{1, 10, 8, "Revoked"}, Row{5, 10, 7, "OutOfDate"},
        Row{4, 10, 7, "OutOfDate"}, Row{4, 9, 7, "OutOfDateConfigurationNeeded"}, Row{2, 10, 7, "OutOfDate"},
        Row{1, 10, 7, "Revoked"}, Row{5, 10, 3, "Revoked"}, Row{2, 10, 3, "Revoked"}}) {
    IntelSpec spec = good_intel(3, false, false);
    spec.components.assign(16, row.platform);
    spec.pce_svn = row.pce;
    spec.qe_report[258] = static_cast<uint8_t>(row.qe);
    const auto built = build(spec);
    EXPECT_EQ(verify(built->evidence, built->options).tcb_status, row.status)
        << row.platform << " " << row.pce << " " << row.qe;
  }
}

TEST(QuoteStatus, AdvisoriesOfPlatformModuleAndQuotingEnclaveAreJoined) {
  IntelSpec spec = good_intel(4, true, false);
  spec.components.assign(16, 4);
  spec.report[0] = 3;
  spec.qe_report[258] = 7;
  const auto built = build(spec);
  const VerificationResult result = verify(built->evidence, built->options);
  EXPECT_EQ(result.tcb_status, "OutOfDate");
  EXPECT_EQ(result.advisories, (std::vector<std::string>{"INTEL-SA-1", "INTEL-SA-5", "INTEL-SA-7"}));
  EXPECT_TRUE(result.authentic);
}

TEST(QuoteCache, ChangesNoVerdict) {
  VerificationCache cache;
  for (const auto& change : std::initializer_list<std::pair<std::function<void(IntelSpec&)>, Expectation>>{
           {[](IntelSpec&) {}, kAccepted},
           {[](IntelSpec& s) { s.sign_quote_with_other_key = true; }, {kRefused, "quote.signature"}},
           {[](IntelSpec& s) { s.sign_qe_report_with_other_key = true; }, {kRefused, "qe_report.signature"}},
           {[](IntelSpec& s) { s.pck_signed_by_other = true; }, {kRefused, "pck.chain"}},
           {[](IntelSpec& s) { s.trust_root = false; }, {kRefused, "pck.chain"}},
           {[](IntelSpec& s) { s.sign_tcb_with_other_key = true; }, {kRefused, "tcb_info.signature"}},
           {[](IntelSpec& s) { s.platform_revokes = {3}; }, {kRefused, "pck.revocation"}},
           {[](IntelSpec& s) { s.platform_crl_by_other = true; },
            {kUndetermined, "pck.revocation", Outcome::kMissing}},
           {[](IntelSpec&) {}, kAccepted}}) {
    IntelSpec spec = good_intel(3, false, false);
    change.first(spec);
    const auto built = build(spec);
    built->options.cache = &cache;
    for (int i = 0; i < 2; ++i) expect(verify(built->evidence, built->options), change.second);
    built->options.time = spec.now + std::chrono::days(2000);
    EXPECT_NE(verify(built->evidence, built->options).verdict, kAccepted);
  }
}

TEST(QuoteClaims, AreThoseOfTheReport) {
  const auto built = build(good_intel(3, false, false));
  const VerificationResult result = decode(built->evidence);
  EXPECT_EQ(result.format, "sgx-quote-v3");
  EXPECT_EQ(result.claims.tee, "sgx");
  EXPECT_EQ(to_hex(*result.claims.measurement), to_hex(Bytes(32, 0xe1)));
  EXPECT_EQ(to_hex(*result.claims.signer), to_hex(Bytes(32, 0x51)));
  EXPECT_EQ(result.claims.debug, false);
  EXPECT_FALSE(result.authentic);
}

}  // namespace
}  // namespace strongroom::attest::testing
