// Evidence of enclaves in SGX with quotes of an Intel of our own, each broken in one way, with the check that
// must refuse it. What a token consists of is written here by hand, apart from the code under test.
#include <gmock/gmock.h>

#include "attest/intel/emulated.h"
#include "attest/structure/structure.h"
#include "attest/testing/expectation.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/keeper_world.h"
#include "crypto/digest.h"
#include "strongroom/attestation_result.h"

namespace strongroom::attest::testing {
namespace {

constexpr auto kRefused = Verdict::kRefused;
constexpr auto kMalformed = Verdict::kMalformed;

using Claims = std::vector<std::pair<int64_t, Bytes>>;

struct Spec {
  IntelSpec intel = good_intel(3, false, false);
  Bytes nonce = Bytes(16, 0x77), user_data = Bytes(32, 0x55);
  std::optional<Bytes> bound_nonce, bound_user_data;  // where the quote binds others
  std::optional<Bytes> asked = Bytes(16, 0x77);
  std::function<void(Claims&)> change_claims;
  std::function<void(Bytes&)> change_token;
  std::string policy;
};

struct Built {
  std::unique_ptr<IntelCase> intel;
  Bytes token;
  std::optional<Policy> policy;
  VerificationResult result;
};

Built judge(Spec spec) {
  const Bytes nonce = spec.bound_nonce.value_or(spec.nonce);
  const auto binding = crypto::sha512(ByteWriter()
                                          .bytes(as_bytes("strongroom evidence 1"))
                                          .little(static_cast<uint32_t>(nonce.size()))
                                          .bytes(nonce)
                                          .bytes(spec.bound_user_data.value_or(spec.user_data))
                                          .take());
  std::copy(binding.begin(), binding.end(), spec.intel.report.end() - 64);
  Built out;
  out.intel = build(spec.intel);
  Claims claims = {{10, cbor_bytes_item(spec.nonce)},
                   {265, cbor_text_item("tag:strongroom,2026:enclave-quote/1")},
                   {-70002, cbor_bytes_item(spec.user_data)},
                   {-70007, cbor_bytes_item(out.intel->evidence)}};
  if (spec.change_claims) spec.change_claims(claims);
  out.token = concat({Bytes{0xd9, 0x02, 0x59}, cbor_head(5, claims.size())});
  for (const auto& [key, value] : claims) out.token = concat({out.token, cbor_number(key), value});
  if (spec.change_token) spec.change_token(out.token);
  VerificationOptions& options = out.intel->options;
  options.nonce = spec.asked;
  if (!spec.policy.empty()) {
    out.policy = Policy::parse(spec.policy, "test").value();
    options.policy = &*out.policy;
  }
  out.result = verify(out.token, options);
  return out;
}

void expect_case(const char* name, const std::function<void(Spec&)>& change, const Expectation& wanted) {
  SCOPED_TRACE(name);
  Spec spec;
  change(spec);
  expect(judge(spec).result, wanted);
}

TEST(QuoteToken, OfAGoodPlatformIsAcceptedWithTheClaimsOfEvidence) {
  const Built built = judge({});
  expect(built.result, Verdict::kAccepted);
  const VerificationResult& result = built.result;
  EXPECT_EQ(result.format, "strongroom-quote");
  EXPECT_EQ(result.claims.tee, "sgx");
  EXPECT_EQ(result.claims.measurement, Bytes(32, 0xe1));
  EXPECT_EQ(result.claims.report_data, Bytes(32, 0x55));
  EXPECT_EQ(result.claims.nonce, Bytes(16, 0x77));
  EXPECT_EQ(result.claims.root, "extra:test");
  EXPECT_EQ(result.tcb_status, "UpToDate");
  ASSERT_EQ(result.layers.size(), 1u);
  EXPECT_EQ(result.layers[0].format, "sgx-quote-v3");
  EXPECT_EQ(decode(built.token).claims.measurement, Bytes(32, 0xe1));
}

TEST(QuoteToken, IsRefusedWhereItsQuoteIsOrDoesNotBindWhatItSays) {
  expect_case("another nonce is asked for", [](Spec& s) { s.asked = Bytes(16, 0x78); }, {kRefused, "nonce"});
  expect_case("a nonce that the quote does not bind", [](Spec& s) { s.bound_nonce = Bytes(16, 0x78); },
              {kRefused, "report.binding"});
  expect_case("user data that the quote does not bind", [](Spec& s) { s.bound_user_data = Bytes(32, 0x56); },
              {kRefused, "report.binding"});
  expect_case("user data that move into the nonce",
              [](Spec& s) {
                s.bound_nonce = Bytes(17, 0x77);
                s.bound_user_data = Bytes(31, 0x55);
              },
              {kRefused, "report.binding"});
  expect_case("a debug enclave", [](Spec& s) { s.intel.report[48] |= 2; }, {kRefused, "debug"});
  expect_case("a root that nobody trusts", [](Spec& s) { s.intel.trust_root = false; }, {kRefused});
  expect_case("a signature of another key", [](Spec& s) { s.intel.sign_quote_with_other_key = true; },
              {kRefused});
  expect_case("a platform out of date", [](Spec& s) { s.intel.components.assign(16, 2); }, {kRefused});
  expect_case("a quote of a TD", [](Spec& s) { s.intel = good_intel(4, true, false); },
              {kRefused, "quote.tee"});
}

TEST(QuoteToken, HasOneEncodingOfItsClaims) {
  const auto value = [](Claims& claims, int64_t key) -> Bytes& {
    return std::find_if(claims.begin(), claims.end(), [&](const auto& one) { return one.first == key; })
        ->second;
  };
  const Expectation malformed{kMalformed, "form"};
  for (const int64_t key : {10, -70002, -70007}) {
    const std::string name = std::to_string(key);
    const auto claims = [&](std::function<void(Claims&)> change) {
      expect_case(
          name.c_str(), [&](Spec& s) { s.change_claims = change; }, malformed);
    };
    claims([&](Claims& c) { std::erase_if(c, [&](const auto& one) { return one.first == key; }); });
    claims([&](Claims& c) { value(c, key) = {0xf6}; });
    claims([&](Claims& c) { value(c, key) = concat({Bytes{0xc1}, value(c, key)}); });
  }
  expect_case(
      "an unknown claim",
      [](Spec& s) { s.change_claims = [](Claims& c) { c.emplace_back(-70008, Bytes{0}); }; }, malformed);
  expect_case(
      "another order", [](Spec& s) { s.change_claims = [](Claims& c) { std::swap(c[0], c[1]); }; },
      malformed);
  expect_case(
      "a short nonce", [](Spec& s) { s.nonce = Bytes(7); }, malformed);
  expect_case(
      "a long nonce", [](Spec& s) { s.nonce = Bytes(65); }, malformed);
  expect_case(
      "long user data", [](Spec& s) { s.user_data = Bytes(1025); }, malformed);
  expect_case("no quote",
              [](Spec& s) { s.change_claims = [](Claims& c) { c[3].second = cbor_bytes_item(Bytes(500)); }; },
              {kMalformed});
  expect_case(
      "a byte more", [](Spec& s) { s.change_token = [](Bytes& t) { t.push_back(0); }; }, malformed);
}

TEST(QuoteToken, IsRefusedWithAnyBitOfItsHeadChangedAndWhenCutOff) {
  const Built good = judge({});
  for (size_t bit = 0; bit < 8 * size_t{140}; ++bit) {
    Bytes changed = good.token;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_NE(verify(changed, good.intel->options).verdict, Verdict::kAccepted) << bit;
  }
  for (size_t size = 0; size < good.token.size(); size += 61)
    EXPECT_EQ(verify(ByteView(good.token).first(size), good.intel->options).verdict, kMalformed) << size;
}

// A quote whose maker says that it is the emulator, under a root that the caller trusts.
IntelSpec emulated() {
  IntelSpec spec = good_intel(3, false, false);
  spec.qe_vendor_id = to_bytes(intel::kEmulatorVendorId);
  spec.platform.common_name = intel::kEmulatedPlatformCa;
  return spec;
}

std::string policy_for(std::string_view tee) {
  return "version = 1\n[[root]]\nname = \"test\"\nkey_sha256 = \"" + std::string(64, 'a') +
         "\"\n[[allow]]\ntee = [\"" + std::string(tee) +
         "\"]\nroots = [\"test\"]\ninsecure_any_code = true\n";
}

TEST(EmulatedQuote, IsAcceptedUnderItsTestRootWithAWarningAndIsNoHardware) {
  Spec spec;
  spec.intel = emulated();
  const Built built = judge(spec);
  expect(built.result, {Verdict::kAccepted, "emulator", Outcome::kWarning});
  EXPECT_EQ(built.result.claims.tee, "sgx-emulator");
  EXPECT_EQ(trust_vector(built.result).hardware, 97);
  EXPECT_EQ(trust_tier(built.result), TrustTier::kContraindicated);
}

TEST(EmulatedQuote, IsRefusedWithoutItsRootAndByPoliciesForSgx) {
  expect_case("without the root",
              [](Spec& s) {
                s.intel = emulated();
                s.intel.trust_root = false;
              },
              {kRefused});
  expect_case("by a policy for hardware",
              [](Spec& s) {
                s.intel = emulated();
                s.policy = policy_for("sgx");
              },
              {kRefused, "policy.tee"});
  expect_case(
      "not by a policy that names the emulator",
      [](Spec& s) {
        s.intel = emulated();
        s.policy = policy_for("sgx-emulator");
      },
      Verdict::kAccepted);
  expect_case(
      "hardware by a policy for it", [](Spec& s) { s.policy = policy_for("sgx"); }, Verdict::kAccepted);
}

TEST(EmulatedQuote, AndItsCertificatesGoTogether) {
  expect_case("an emulator's quote with Intel's authority",
              [](Spec& s) { s.intel.qe_vendor_id = to_bytes(intel::kEmulatorVendorId); }, {kRefused});
  expect_case("a quote of hardware with the emulator's authority",
              [](Spec& s) { s.intel.platform.common_name = intel::kEmulatedPlatformCa; }, {kRefused});
}

TEST(QuoteTokenStructure, NamesTheClaimsAndOpensTheQuote) {
  const Built built = judge({});
  const auto fields = structure_of(built.token);
  ASSERT_EQ(fields.size(), 1u);
  const auto& claims = fields[0].children.at(0).children;
  ASSERT_EQ(claims.size(), 4u);
  EXPECT_EQ(claims[3].name, "quote");
  const auto& quote = claims[3].children;
  ASSERT_GE(quote.size(), 3u);
  EXPECT_EQ(quote[1].name, "enclave report");
  const auto& report = quote[1].children;
  const auto data =
      std::find_if(report.begin(), report.end(), [](const auto& f) { return f.name == "MRENCLAVE"; });
  ASSERT_NE(data, report.end());
  EXPECT_EQ(Bytes(built.token.begin() + static_cast<std::ptrdiff_t>(data->offset),
                  built.token.begin() + static_cast<std::ptrdiff_t>(data->offset + data->size)),
            Bytes(32, 0xe1));
}

}  // namespace
}  // namespace strongroom::attest::testing
