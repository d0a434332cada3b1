#include "attest/policy.h"

#include <gtest/gtest.h>

#include "attest/testing/amd_world.h"
#include "attest/testing/expectation.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/keeper_world.h"
#include "attest/testing/nitro_world.h"
#include "attest/testing/nvidia_world.h"
#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

const std::string kMeasurement = to_hex(Bytes(32, 0xe1));

// A rule for the quotes of the test PKI; `more` stands inside of it.
std::string rule(const std::string& more, const std::string& measurement = kMeasurement) {
  return "version = 1\n[[root]]\nname = \"lab\"\nkey_sha256 = \"" + std::string(64, 'a') +
         "\"\n[[allow]]\nname = \"r\"\ntee = [\"sgx\", \"tdx\"]\nmeasurement = [\"" + measurement +
         "\"]\nroots = [\"test\"]\n" + more;
}

// The test PKI's root must be named to be accepted; it is a root of the call, so it takes its name from
// there.
Policy policy(std::string text) {
  const size_t at = text.find("\"lab\"");
  if (at != std::string::npos) text.replace(at, 5, "\"test\"");
  auto parsed = Policy::parse(text, "policy.toml");
  EXPECT_TRUE(parsed) << parsed.error().message;
  return std::move(*parsed);
}

VerificationResult judge(const IntelSpec& spec, const Policy& policy) {
  const auto built = build(spec);
  built->options.policy = &policy;
  return verify(built->evidence, built->options);
}

TEST(Policy, AllowsWhatItNames) {
  expect(judge(good_intel(3, false, false), policy(rule(""))),
         {Verdict::kAccepted, "policy.rule", Outcome::kPassed});
}

TEST(Policy, RefusesAnyOtherCodeTeeRootProductAndVersion) {
  const IntelSpec good = good_intel(3, false, false);
  expect(judge(good, policy(rule("", std::string(64, '0')))), {Verdict::kRefused, "policy.measurement"});
  expect(judge(good, policy(rule("signer = [\"" + std::string(64, '1') + "\"]"))),
         {Verdict::kRefused, "policy.signer"});
  expect(judge(good, policy(rule("product_id = [7]"))), {Verdict::kRefused, "policy.product_id"});
  expect(judge(good, policy(rule("minimum_svn = 1"))), {Verdict::kRefused, "policy.svn"});
  expect(judge(good, policy(rule("report_data = [\"00\"]"))), {Verdict::kRefused, "policy.report_data"});
  const std::string head = "version = 1\n[[allow]]\ninsecure_any_code = true\n";
  expect(judge(good, policy(head + "tee = [\"tdx\"]")), {Verdict::kRefused, "policy.tee"});
  // The root of the test PKI is trusted by the call, but a rule accepts vendors' roots alone unless it names
  // others.
  expect(judge(good, policy(head + "tee = [\"sgx\"]")), {Verdict::kRefused, "policy.root"});
  expect(judge(good, policy("version = 1")), {Verdict::kRefused, "policy.rule"});
}

TEST(Policy, AllowsTcbStatusAndAdvisoriesByNameAndUntilTheirTime) {
  IntelSpec spec = good_intel(3, false, false);
  spec.components.assign(16, 4);  // SWHardeningNeeded, INTEL-SA-1
  const std::string status = "tcb_status = [\"SWHardeningNeeded\"]\n";
  const std::string advisory = "[[allow.advisory]]\nid = \"INTEL-SA-1\"\n";
  expect(judge(spec, policy(rule(""))), {Verdict::kRefused, "policy.tcb_status"});
  // The vendor's refusal stands beside the rule's.
  expect(judge(spec, policy(rule(""))), {Verdict::kRefused, "tcb.status"});
  expect(judge(spec, policy(rule(status))), {Verdict::kRefused, "policy.advisories"});
  expect(judge(spec, policy(rule(status + advisory))), {Verdict::kAccepted, "tcb.status", Outcome::kWarning});
  expect(judge(spec, policy(rule(status + advisory + "until = 2026-03-01T00:00:01Z"))), {Verdict::kAccepted});
  expect(judge(spec, policy(rule(status + advisory + "until = 2026-03-01T00:00:00Z"))),
         {Verdict::kRefused, "policy.advisories"});
  expect(judge(spec, policy(rule(status + "insecure_any_advisory = true"))), {Verdict::kAccepted});
}

// What the verdict comes of has a finding each: the rules together, and the status that none of them names.
TEST(Policy, SaysThatNoRuleAllowsAndWhichStatusItDoesNot) {
  const IntelSpec good = good_intel(3, false, false);
  expect(judge(good, policy(rule("", std::string(64, '0')))), {Verdict::kRefused, "policy.rule"});
  // A status that is good enough for the vendor is none that the rule names.
  expect(judge(good, policy(rule("tcb_status = [\"SWHardeningNeeded\"]"))),
         {Verdict::kRefused, "policy.tcb_status"});
}

// A rule that says less against the evidence does not stand before one that accepts it.
TEST(Policy, AcceptsWhatAnyOfItsRulesHoldsFor) {
  const auto with_rules = [](const std::string& first, const std::string& second) {
    const std::string allow = "[[allow]]\nname = \"second\"\ntee = [\"sgx\"]\nmeasurement = [\"" +
                              kMeasurement + "\"]\nroots = [\"test\"]\n";
    return policy(rule(first + "\n" + allow + second));
  };
  const auto in_both_orders = [&](const IntelSpec& spec, const std::string& other,
                                  const std::string& fitting) {
    expect(judge(spec, with_rules(other, fitting)), {Verdict::kAccepted, "policy.rule", Outcome::kPassed});
    expect(judge(spec, with_rules(fitting, other)), {Verdict::kAccepted, "policy.rule", Outcome::kPassed});
  };
  IntelSpec debug = good_intel(3, false, false);
  debug.report[48] |= 2;
  in_both_orders(debug, "", "insecure_debug = true");
  in_both_orders(good_intel(3, false, false), "require_nonce = true", "");
}

TEST(Policy, AllowsDebuggingByItsInsecureKeyAlone) {
  IntelSpec spec = good_intel(3, false, false);
  spec.report[48] |= 2;
  expect(judge(spec, policy(rule(""))), {Verdict::kRefused, "debug"});
  expect(judge(spec, policy(rule("insecure_debug = true"))),
         {Verdict::kAccepted, "debug", Outcome::kWarning});
}

TEST(Policy, NeverMakesForgedEvidenceGood) {
  IntelSpec spec = good_intel(3, false, false);
  spec.sign_quote_with_other_key = true;
  expect(judge(spec,
               policy(rule("insecure_debug = true\ninsecure_any_advisory = true\ninsecure_unrooted = true"))),
         {Verdict::kRefused, "quote.signature"});
  spec = good_intel(3, false, false);
  spec.trust_root = false;
  expect(judge(spec, policy(rule("insecure_unrooted = true"))), {Verdict::kRefused, "pck.chain"});
}

TEST(Policy, WantsANonceWhereItSaysSo) {
  IntelSpec spec = good_intel(3, false, false);
  expect(judge(spec, policy(rule("require_nonce = true"))),
         {Verdict::kUndetermined, "policy.nonce", Outcome::kMissing});
  spec.nonce = Bytes(8, 0x77);
  expect(judge(spec, policy(rule("require_nonce = true"))), {Verdict::kAccepted});
}

// A root that another rule allows, or that the call trusts for another purpose, vouches for no documents.
TEST(Policy, RefusesDocumentsBelowARootThatTheRuleDoesNotName) {
  const auto judge_gpu = [](unsigned devices, const std::string& roots) {
    NvidiaSpec spec = good_nvidia();
    spec.devices = devices;
    const Policy parsed =
        policy("version = 1\n[[root]]\nname = \"device\"\nkey_sha256 = \"" + std::string(64, 'a') +
               "\"\n[[root]]\nname = \"rim\"\nkey_sha256 = \"" + std::string(64, 'b') +
               "\"\n[[allow]]\ntee = [\"nvidia-gpu\"]\ninsecure_any_code = true\nroots = [" + roots + "]\n");
    const auto built = build(spec);
    built->options.policy = &parsed;
    return verify(built->evidence, built->options);
  };
  for (const unsigned devices : {1U, 2U}) {
    expect(judge_gpu(devices, "\"device\", \"rim\""), {Verdict::kAccepted});
    expect(judge_gpu(devices, "\"device\""), {Verdict::kRefused, "policy.root"});
  }
}

TEST(Policy, WantsRevocationListsForEveryChainWhereItSaysSo) {
  const auto judge_with = [](auto& built, const std::string& tee) {
    const Policy parsed = policy("version = 1\n[[root]]\nname = \"lab\"\nkey_sha256 = \"" +
                                 std::string(64, 'a') + "\"\n[[root]]\nname = \"tpm\"\nkey_sha256 = \"" +
                                 std::string(64, 'b') + "\"\n[[allow]]\ntee = [\"" + tee +
                                 "\"]\ninsecure_any_code = true\nroots = [\"test\", \"tpm\"]\n"
                                 "require_revocation = true\n");
    built->options.policy = &parsed;
    return verify(built->evidence, built->options);
  };
  const auto quote = build(good_intel(3, false, false));
  expect(judge_with(quote, "sgx"), {Verdict::kAccepted});
  // The chains of layers count, too.
  const Expectation missing{Verdict::kUndetermined, "policy.revocation", Outcome::kMissing};
  const auto keeper = build(good_rooted_keeper("tpm"));
  expect(judge_with(keeper, "process"), missing);
  const auto td = build(good_rooted_keeper("tdx"));
  expect(judge_with(td, "process"), {Verdict::kAccepted});
  // What has no chain is covered by no list.
  KeeperSpec trusted = good_keeper();
  trusted.trust_key = true;
  trusted.policy.clear();
  const auto alone = build(trusted);
  alone->options.extra_roots.front().name = "test";
  expect(judge_with(alone, "process"), missing);
}

TEST(Policy, MayNameWhatVouchesForAKeeper) {
  for (const char* root : {"sev-snp", "tdx"}) {
    KeeperSpec spec = good_rooted_keeper(root);
    const auto plain = build(spec);
    const VerificationResult result = verify(plain->evidence, plain->options);
    ASSERT_EQ(result.layers.size(), 1U);
    const Bytes measurement = std::get<Bytes>(result.claims.vendor.at("root.measurement"));
    EXPECT_EQ(measurement, result.layers[0].claims.measurement);
    EXPECT_NE(measurement, result.claims.measurement);
  }
  const auto weaknesses = [](const std::string& more) {
    return Policy::parse("version = 1\n[[allow]]\nmeasurement = [\"" + kMeasurement + "\"]\n" + more, "p")
        ->weaknesses()
        .size();
  };
  EXPECT_EQ(weaknesses("tee = [\"vm\"]"), 1U);
  EXPECT_EQ(weaknesses("tee = [\"sgx\"]"), 0U);
  EXPECT_EQ(weaknesses("tee = [\"vm\"]\nroots = [\"given-keys\"]"), 0U);
  EXPECT_EQ(weaknesses("tee = [\"vm\"]\n[allow.claims]\n\"root.measurement\" = [\"00\"]"), 0U);
  EXPECT_EQ(weaknesses("tee = [\"vm\"]\n[allow.claims]\n\"tpm.pcr7\" = [\"00\"]"), 0U);
}

// CVE-2025-64186: a PCR that the policy demands but the document lacks.
TEST(Policy, RefusesADocumentWithoutAPcrThatItDemands) {
  const auto judge_nitro = [](const NitroSpec& spec, const std::string& claims) {
    const Policy parsed = policy(
        "version = 1\n[[root]]\nname = \"lab\"\nkey_sha256 = \"" + std::string(64, 'a') +
        "\"\n[[allow]]\ntee = [\"nitro\"]\ninsecure_any_code = true\nroots = [\"test\"]\n[allow.claims]\n" +
        claims);
    const auto built = build(spec);
    built->options.policy = &parsed;
    return verify(built->evidence, built->options);
  };
  const std::string pcr3 = "\"nitro.pcr3\" = [\"" + to_hex(Bytes(48, 0x53)) + "\"]";
  NitroSpec spec = good_nitro();
  expect(judge_nitro(spec, pcr3), {Verdict::kAccepted, "policy.nitro.pcr3", Outcome::kPassed});
  spec.pcrs.erase(3);
  expect(judge_nitro(spec, pcr3), {Verdict::kRefused, "policy.nitro.pcr3"});
  spec.pcrs[3] = Bytes(48, 0x54);
  expect(judge_nitro(spec, pcr3), {Verdict::kRefused, "policy.nitro.pcr3"});
}

TEST(Policy, ComparesVendorsNumbers) {
  const auto judge_snp = [](const std::string& more) {
    const Policy parsed =
        policy("version = 1\n[[root]]\nname = \"lab\"\nkey_sha256 = \"" + std::string(64, 'a') +
               "\"\n[[allow]]\ntee = [\"sev-snp\"]\ninsecure_any_code = true\nroots = [\"test\"]\n" + more);
    const auto built = build(good_amd(3, "Milan", false));
    built->options.policy = &parsed;
    return verify(built->evidence, built->options);
  };
  expect(judge_snp("[allow.minimum]\n\"snp.reported_tcb.microcode\" = 115"), {Verdict::kAccepted});
  expect(judge_snp("[allow.minimum]\n\"snp.reported_tcb.microcode\" = 116"),
         {Verdict::kRefused, "policy.snp.reported_tcb.microcode"});
  expect(judge_snp("[allow.minimum]\n\"snp.nothing\" = 0"), {Verdict::kRefused, "policy.snp.nothing"});
  expect(judge_snp("[allow.claims]\n\"snp.vmpl\" = [0, 1]"), {Verdict::kAccepted});
  expect(judge_snp("[allow.claims]\n\"snp.vmpl\" = [2]"), {Verdict::kRefused, "policy.snp.vmpl"});
  expect(judge_snp("[allow.claims]\n\"snp.policy.smt\" = [false]"),
         {Verdict::kRefused, "policy.snp.policy.smt"});
  expect(judge_snp("require_revocation = true"),
         {Verdict::kUndetermined, "key.revocation", Outcome::kMissing});
}

TEST(Policy, SchemaErrorsNameTheLineAndTheRemedy) {
  const auto error = [](const char* text) {
    const auto parsed = Policy::parse(text, "p.toml");
    return parsed ? std::string("accepted") : parsed.error().message;
  };
  const auto has = [](const std::string& message, std::string_view part) {
    return message.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(error(""), "version = 1"));
  EXPECT_TRUE(has(error("version = 2"), "version = 1"));
  // The TOML library converts numbers with a fraction where it is let, and those out of range undefinedly.
  EXPECT_TRUE(has(error("version = 1.0"), "version = 1"));
  EXPECT_TRUE(has(error("version = 111e21"), "version = 1"));
  EXPECT_TRUE(
      has(error("version = 1\n[[allow]]\ninsecure_any_code = true"), "p.toml:2: [[allow]] needs tee"));
  EXPECT_TRUE(has(error("version = 1\n[[allow]]\ntee = [\"sgx\"]"), "insecure_any_code"));
  EXPECT_TRUE(has(error("version = 1\n[[allow]]\ntee = []"), "p.toml:3"));
  EXPECT_TRUE(has(error("version = 1\n[[allow]]\ntee = \"sgx\""), "list"));
  EXPECT_TRUE(has(error("version = 1\n[[allow]]\ntee = [\"sgx\"]\nmeasurement = [\"zz\"]"), "hexadecimal"));
  EXPECT_TRUE(has(error("version = 1\n[allow]\ntee = [\"sgx\"]"), "[[allow]]"));
  EXPECT_TRUE(has(error("version = 1\n[[allow]]\ntee = [\"sgx\"]\ninsecure_any_code = true\nroots = [\"x\"]"),
                  "p.toml:5"));
  EXPECT_TRUE(
      has(error("version = 1\n[[root]]\nname = \"intel-sgx-root\"\nkey_sha256 = \"00\""), "vendor's"));
  EXPECT_TRUE(
      has(error("version = 1\n[[root]]\nname = \"given-keys\"\nkey_sha256 = \"00\""), "another root"));
  EXPECT_TRUE(
      has(error("version = 1\n[[allow]]\ntee = [\"sgx\"]\ninsecure_any_code = true\nminimum_svn = -1"),
          "from 0"));
  EXPECT_TRUE(has(error("version = 1\nallow = 3"), "p.toml:2"));
  EXPECT_TRUE(
      has(error("version = 1\n[[allow]]\ntee = [\"sgx\"]\ninsecure_any_code = true\nrequire_nonse = true"),
          "unknown key"));
  EXPECT_TRUE(
      has(error(("version = 1\n[[allow]]\ntee = [\"sgx\"]\ninsecure_any_code = true\nmeasurement = [\"" +
                 kMeasurement + "\"]")
                    .c_str()),
          "contradicts"));
  EXPECT_TRUE(has(error("= ="), "p.toml:1"));
  // As many tables as the text has dots, one in the other, would run out of stack.
  std::string nested = "version = 1\na";
  for (int i = 0; i < 300000; ++i) nested += ".a";
  EXPECT_TRUE(has(error((nested + " = 1").c_str()), "p.toml:2: more than 64 dots"));
  EXPECT_TRUE(has(error((nested.substr(0, 12 + 1 + 2 * 64) + " = 1").c_str()), "unknown key \"a\""));
  EXPECT_TRUE(has(error("version = 1\n# \xce\x8d"), "p.toml:2: policies are ASCII"));
}

}  // namespace
}  // namespace strongroom::attest::testing
