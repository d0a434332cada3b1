// Evidence in text and in the JSON of clouds and tools: taken out, named, and bound by what it says to bind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/cmw/cmw.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/cases.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "attest/testing/tpm_world.h"
#include "attest/wrapping/text.h"
#include "attest/wrapping/wrapping_format.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

using Json = nlohmann::json;

constexpr size_t kTdReportData = 520, kRegisters = 328;  // in a TD report body
constexpr auto kPassed = Outcome::kPassed;

Bytes bytes_of(std::string_view text) {
  return to_bytes(as_bytes(text));
}
Bytes dumped(const Json& json) {
  return bytes_of(json.dump());
}

// As openssl and coreutils print it.
std::string in_lines(const std::string& text, size_t width) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += width) out += text.substr(at, width) + "\r\n";
  return out;
}

std::string armoured(const std::string& label, const Bytes& bytes) {
  return "-----BEGIN " + label + "-----\n" + in_lines(to_base64(bytes), 64) + "-----END " + label + "-----\n";
}

struct Wrapped {
  std::string name;
  Bytes bytes;
  Expectation wanted;
};

void expect_each(const std::vector<Wrapped>& all, const VerificationOptions& options) {
  for (const Wrapped& one : all) {
    SCOPED_TRACE(one.name);
    expect(verify(one.bytes, options), one.wanted);
  }
}

// TD quotes about report data, and with runtime registers.
std::unique_ptr<IntelCase> td_quote(ByteView report_data, const Bytes& rtmr3 = Bytes(48)) {
  IntelSpec spec = good_intel(4, true, false);
  std::copy(report_data.begin(), report_data.end(), spec.report.begin() + kTdReportData);
  std::fill(spec.report.begin() + kTdReportData + static_cast<long>(report_data.size()),
            spec.report.begin() + kTdReportData + 64, uint8_t{0});
  std::copy(rtmr3.begin(), rtmr3.end(), spec.report.begin() + kRegisters + 3 * 48);
  return build(spec);
}

TEST(WrappingCases, TextIsReadInEveryUsualWay) {
  const auto nitro = build(good_nitro());
  const Bytes& good = nitro->evidence;
  const std::string base64 = to_base64(good), hex = to_hex(good), url = to_base64url(good);
  std::string unpadded = base64, upper = hex;
  while (unpadded.ends_with('=')) unpadded.pop_back();
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const Bytes bad = [] {
    NitroSpec spec = good_nitro();
    spec.sign_with_other_key = true;
    return build(spec)->evidence;
  }();
  Bytes onion = good;
  for (int i = 0; i < 4; ++i) onion = bytes_of(to_base64(onion));
  const Expectation taken(kAccepted, "wrapping.text", kPassed);
  expect_each(
      {{"bare", good, {kAccepted}},
       {"hexadecimal", bytes_of(hex), taken},
       {"hexadecimal_upper_case", bytes_of(upper), taken},
       {"hexadecimal_0x", bytes_of("0x" + hex), taken},
       {"hexadecimal_0X_and_lines", bytes_of("0X" + in_lines(hex, 60)), taken},
       {"hexadecimal_odd", bytes_of(hex.substr(1)), {kMalformed, "form"}},
       {"base64", bytes_of(base64), taken},
       {"base64_in_lines", bytes_of(in_lines(base64, 76)), taken},
       {"base64_without_padding", bytes_of(unpadded), taken},
       {"base64_of_too_much_padding", bytes_of(base64 + "="), {kMalformed, "form"}},
       {"base64_in_quotes", bytes_of("\"" + base64 + "\"\n"), taken},
       {"base64_after_a_byte_order_mark", bytes_of("\xef\xbb\xbf" + base64), taken},
       {"base64_after_comment", bytes_of("# from the pool\n# of today\n" + base64), taken},
       {"base64url", bytes_of(url), taken},
       {"both_alphabets", bytes_of(url + "+-"), {kMalformed, "form"}},
       {"armour", bytes_of(armoured("NITRO DOCUMENT", good)), taken},
       {"armour_twice", bytes_of(armoured("ONE", good) + armoured("TWO", good)), {kMalformed, "form"}},
       {"armour_and_a_broken_one",
        bytes_of(armoured("ONE", good) + "-----BEGIN TWO-----\nA\n-----END TWO-----\n"),
        {kMalformed, "form"}},
       {"armour_of_another_end",
        bytes_of("-----BEGIN A-----\n" + base64 + "\n-----END B-----"),
        {kMalformed, "form"}},
       {"armour_without_end", bytes_of("-----BEGIN A-----\n" + base64), {kMalformed, "form"}},
       {"text_before_it", bytes_of("document: " + base64), {kMalformed, "form"}},
       {"text_after_it", bytes_of(base64 + "."), {kMalformed, "form"}},
       {"four_times", onion, taken},
       {"five_times", bytes_of(to_base64(onion)), {kMalformed, "form"}},
       {"broken_inside", bytes_of(to_base64(bad)), {kRefused, "document.signature"}},
       {"nothing_inside", bytes_of(to_base64(Bytes(100, 7))), {kMalformed, "form"}}},
      nitro->options);
  EXPECT_EQ(verify(bytes_of(base64), nitro->options).format, "nitro-document");
  // Not even recognised, for that alone looks into every layer.
  EXPECT_EQ(verify(bytes_of(to_base64(onion)), nitro->options).format, "");
  EXPECT_EQ(decode(bytes_of(base64)).format, "nitro-document");
  EXPECT_EQ(wrapping::without_text(bytes_of(hex)), good);
}

TEST(WrappingCases, AnArmourTwiceNamesBoth) {
  const auto nitro = build(good_nitro());
  const VerificationResult result =
      verify(bytes_of(armoured("ONE", nitro->evidence) + armoured("TWO", nitro->evidence)), nitro->options);
  EXPECT_NE(report(result).find("armour ONE, or nitro-document in the armour TWO"), std::string::npos)
      << report(result);
}

TEST(WrappingCases, JsonOfToolsGivesTheEvidenceInIt) {
  const auto td = td_quote(Bytes(64, 0x11));
  const std::string base64 = to_base64(td->evidence), url = to_base64url(td->evidence),
                    hex = to_hex(td->evidence);
  const auto nitro = build(good_nitro());
  const std::string document = to_base64(nitro->evidence);
  Json numbers = {{"quote", Json::array()}};
  for (const uint8_t byte : td->evidence) numbers["quote"].push_back(byte);
  Json wrong_numbers = numbers;
  wrong_numbers["quote"][3] = 256;
  const Expectation taken(kAccepted, "wrapping.json", kPassed);
  std::string nested = url;
  for (int i = 0; i < 4; ++i) nested = to_base64url(dumped(Json{{"quote", nested}}));
  expect_each(
      {{"azure_tdquote", dumped(Json{{"quote", url}}), taken},
       {"base64", dumped(Json{{"quote", base64}}), taken},
       {"hexadecimal_0x", dumped(Json{{"quote", "0x" + hex}}), taken},
       {"numbers", dumped(numbers), taken},
       {"numbers_too_large", dumped(wrong_numbers), {kMalformed, "form"}},
       {"trust_authority_composite", dumped(Json{{"tdx", {{"quote", base64}}}}), taken},
       {"trustee", dumped(Json{{"cc_eventlog", nullptr}, {"quote", base64}}), taken},
       {"with_its_text_in_base64", bytes_of(to_base64(dumped(Json{{"quote", base64}}))), taken},
       {"json_in_json_in_text", dumped(Json{{"evidence", Json{{"quote", base64}}.dump()}}), taken},
       {"in_a_wrapper",
        cmw::to_cbor(cmw::Record{std::string("a/b"), dumped(Json{{"quote", base64}}), cmw::kEvidence}),
        taken},
       {"nested_too_deep", dumped(Json{{"quote", nested}}), {kMalformed, "form"}},
       {"go_configfs_tsm",
        dumped(Json{{"Provider", "tdx_guest"}, {"OutBlob", base64}, {"AuxBlob", nullptr}}),
        {kAccepted}},
       {"a_member_twice",
        bytes_of("{\"quote\": \"" + base64 + "\", \"quote\": \"" + base64 + "\"}"),
        {kMalformed, "form"}},
       {"two_quotes", dumped(Json{{"quote", base64}, {"sgx", base64}}), {kMalformed, "form"}},
       {"quotes_of_two_objects",
        dumped(Json{{"tdx", {{"quote", base64}}}, {"sgx", {{"quote", base64}}}}),
        {kMalformed, "form"}},
       {"three_objects_deep", dumped(Json{{"attestation", {{"evidence", {{"quote", base64}}}}}}), taken},
       {"four_objects_deep",
        dumped(Json{{"report", {{"attestation", {{"evidence", {{"quote", base64}}}}}}}}),
        {kMalformed, "form"}},
       {"another_member", dumped(Json{{"value", base64}}), {kMalformed, "form"}},
       {"no_evidence_in_it", dumped(Json{{"quote", to_base64(Bytes(700, 3))}}), {kMalformed, "form"}},
       {"cut_off", bytes_of("{\"quote\": \"" + base64), {kMalformed, "form"}},
       {"more_after_it", bytes_of("{\"quote\": \"" + base64 + "\"} x"), {kMalformed, "form"}}},
      td->options);
  EXPECT_EQ(verify(dumped(Json{{"quote", nested}}), td->options).format, "");
  const VerificationResult result = verify(dumped(Json{{"quote", url}, {"vm_config", "{}"}}), td->options);
  expect(result, {kAccepted, "wrapping.ignored", Outcome::kNotApplicable});
  EXPECT_EQ(result.format, "json/tdx-quote-v4");
  const std::string both = report(verify(dumped(Json{{"quote", base64}, {"sgx", base64}}), td->options));
  EXPECT_NE(both.find("intel-quote in base64 of quote, or intel-quote in base64 of sgx"), std::string::npos)
      << both;
  expect(verify(dumped(Json{{"document", document}}), nitro->options), taken);
  EXPECT_EQ(wrapping::innermost(bytes_of(to_base64(dumped(Json{{"quote", url}})))), td->evidence);
}

TEST(WrappingCases, WhatTheJsonHoldsMustBeBoundByTheEvidence) {
  const Bytes data = bytes_of("{\"key\":\"of the service\"}");
  const Bytes nonce = bytes_of("value-of-the-verifier"), issued = bytes_of("2026-03-01");
  const auto joined = [](std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
  };
  const Json verifier = {{"val", to_base64(nonce)}, {"iat", to_base64(issued)}, {"signature", "AAAA"}};
  const auto judge = [](ByteView report_data, Json json) {
    const auto td = td_quote(report_data);
    json["quote"] = to_base64(td->evidence);
    return verify(dumped(json), td->options);
  };
  const auto bound = Expectation(kAccepted, "wrapping.binding", kPassed);
  const auto unbound = Expectation(kRefused, "wrapping.binding");
  const auto sha256 = crypto::sha256(data);
  const auto sha384 = crypto::sha384(data);
  const auto sha512 = crypto::sha512(data);
  const std::string text = to_base64(data);
  expect(judge(sha256, {{"runtimeData", {{"data", to_base64url(data)}, {"dataType", "JSON"}}}}), bound);
  expect(judge(sha384, {{"runtime_data", text}}), bound);
  expect(judge(sha512, {{"user_data", text}}), bound);
  expect(judge(sha512, {{"user_data", std::string(as_text(data))}}), bound);
  expect(judge(Bytes(64, 0x22), {{"user_data", to_hex(Bytes(64, 0x22))}}), bound);
  const auto with_nonce = crypto::sha512(joined({nonce, issued, data}));
  expect(judge(with_nonce, {{"runtime_data", text}, {"verifier_nonce", verifier}}), bound);
  expect(judge(crypto::sha512(joined({nonce, issued})), {{"verifier_nonce", verifier}}), bound);

  expect(judge(Bytes(64, 0x11), {{"runtime_data", text}}), unbound);
  expect(judge(sha512, {{"runtime_data", to_base64(bytes_of("other"))}}), unbound);
  expect(judge(sha512, {{"runtime_data", text}, {"user_data", to_base64(bytes_of("other"))}}), unbound);
  // A hash that holds only without the nonce is no answer to the verifier.
  expect(judge(sha512, {{"runtime_data", text}, {"verifier_nonce", verifier}}), unbound);
  expect(judge(with_nonce, {{"runtime_data", text}}), unbound);
  expect(judge(sha512, {{"verifier_nonce", verifier}}), unbound);
  expect(judge(sha512, {{"verifier_nonce", {{"val", 1}}}, {"runtime_data", text}}), unbound);
  expect(judge(Bytes(64), {{"runtime_data", ""}}), {kAccepted});
  expect(judge(Bytes(64), {{"runtime_data", 5}}), unbound);
  expect(judge(Bytes(64, 0x11), {{"runtime_data", ""}}), {kAccepted});

  expect(judge(Bytes(64, 0x33), {{"report_data", to_hex(Bytes(64, 0x33))}}),
         {kAccepted, "wrapping.report_data", kPassed});
  expect(judge(Bytes(64, 0x33), {{"report_data", to_hex(Bytes(64, 0x34))}}),
         {kRefused, "wrapping.report_data"});
  expect(judge(Bytes(64, 0x33), {{"report_data", "0x33"}}), {kRefused, "wrapping.report_data"});
  // The caller's nonce is asked of the evidence, whatever the JSON says.
  const auto td = td_quote(sha512);
  VerificationOptions options = td->options;
  options.nonce = Bytes(16, 5);
  expect(verify(dumped(Json{{"quote", to_base64(td->evidence)}, {"nonce", to_hex(Bytes(16, 5))}}), options),
         {kRefused, "nonce"});
  EXPECT_EQ(judge(sha512, {{"user_data", text}}).claims.vendor.contains("wrapping.user_data"), true);
  // The border between nonce and data is the sender's choice.
  const Json shifted = {{"val", to_base64(nonce)}, {"iat", to_base64(joined({issued, Bytes{data[0]}}))}};
  const VerificationResult rest = judge(
      with_nonce, {{"runtime_data", to_base64(ByteView(data).subspan(1))}, {"verifier_nonce", shifted}});
  expect(rest, bound);
  EXPECT_FALSE(rest.claims.vendor.contains("wrapping.runtime_data"));
  EXPECT_EQ(judge(sha256, {{"user_data", "other"}}).claims.vendor.contains("wrapping.user_data"), false);
}

TEST(WrappingCases, EvidenceThatBindsNothingVouchesForNoData) {
  NitroSpec spec = good_nitro();
  spec.user_data.reset();
  const auto nitro = build(spec);
  const std::string document = to_base64(nitro->evidence);
  for (const char* empty_hash : {"", "AA=="})
    expect(verify(dumped(Json{{"document", document}, {"user_data", "x"}, {"report_data", empty_hash}}),
                  nitro->options),
           {kRefused, "wrapping.binding"});
  const std::string both = to_base64(cmw::to_cbor(
      std::vector{cmw::Item{"a", cmw::Record{std::string("a/b"), nitro->evidence, cmw::kEvidence}},
                  cmw::Item{"b", cmw::Record{std::string("a/b"), nitro->evidence, cmw::kEvidence}}}));
  expect(verify(dumped(Json{{"evidence", both}, {"runtime_data", "AAAA"}}), nitro->options),
         {kRefused, "wrapping.binding"});
}

// A log of dstack's for RTMR3, and what the register comes to.
struct Log {
  Json events = Json::array();
  Bytes value = Bytes(48);

  void add(const std::string& name, const Bytes& payload, bool honest = true) {
    Bytes whole = {1, 0, 0, 8, ':'};
    whole.insert(whole.end(), name.begin(), name.end());
    whole.push_back(':');
    whole.insert(whole.end(), payload.begin(), payload.end());
    if (!honest) whole.push_back('x');
    const auto digest = crypto::sha384(whole);
    events.push_back({{"imr", 3},
                      {"event_type", 0x08000001},
                      {"digest", to_hex(digest)},
                      {"event", name},
                      {"event_payload", to_hex(payload)}});
    value.insert(value.end(), digest.begin(), digest.end());
    const auto next = crypto::sha384(value);
    value.assign(next.begin(), next.end());
  }
};

TEST(WrappingCases, EventsOfDstackAreBelievedAsTheRegisterComesOut) {
  const auto judge = [](const Log& log, const Json& events) {
    const auto td = td_quote(Bytes(64, 0x11), log.value);
    return verify(dumped(Json{{"quote", to_hex(td->evidence)}, {"event_log", events}}), td->options);
  };
  Log log;
  log.add("app-id", {1, 2});
  log.add("compose-hash", Bytes(32, 9));
  log.add("app-id", {3});
  const VerificationResult good = judge(log, log.events.dump());
  expect(good, {kAccepted, "wrapping.event_log", kPassed});
  EXPECT_EQ(std::get<Bytes>(good.claims.vendor.at("dstack.app-id")), (Bytes{1, 2}));
  EXPECT_EQ(judge(log, log.events).verdict, kAccepted);
  const Expectation refused(kRefused, "wrapping.event_log");
  const auto changed = [&](const std::function<void(Json&)>& change) {
    Json events = log.events;
    change(events);
    return judge(log, events.dump());
  };
  expect(changed([](Json& events) { events.erase(1); }), refused);
  expect(changed([](Json& events) { events[0]["event_payload"] = "05"; }), refused);
  expect(changed([](Json& events) { events[0]["event"] = "os-image-hash"; }), refused);
  const VerificationResult of_firmware = changed([](Json& events) { events[0]["event_type"] = 5; });
  expect(of_firmware, {kAccepted});
  EXPECT_EQ(std::get<Bytes>(of_firmware.claims.vendor.at("dstack.app-id")), Bytes{3});
  expect(changed([](Json& events) { events[0]["imr"] = 2; }), refused);
  expect(changed([](Json& events) { events[0]["imr"] = 4; }), refused);
  expect(changed([](Json& events) { events[0]["digest"] = "00"; }), refused);
  expect(changed([](Json& events) { events[0]["digest"] = ""; }), refused);
  expect(changed([](Json& events) { events[0] = 1; }), refused);
  expect(changed([](Json& events) { events = Json::array(); }), refused);
  expect(judge(log, "[{"), refused);
  Log lying;
  lying.add("app-id", {1}, false);
  expect(judge(lying, lying.events.dump()), refused);
  // The register comes out, but no TD extends it by nothing, or by more than it holds.
  for (const size_t size : {size_t{0}, size_t{49}}) {
    Log odd;
    odd.events.push_back({{"imr", 3}, {"event_type", 5}, {"digest", to_hex(Bytes(size))}});
    const auto value = crypto::sha384(Bytes(96));
    odd.value.assign(value.begin(), value.end());
    expect(judge(odd, odd.events), refused);
    odd.events[0]["digest"] = to_hex(Bytes(20));
    expect(judge(odd, odd.events), {kAccepted, "wrapping.event_log", kPassed});
  }
  Log endless;
  for (int i = 0; i < 4097; ++i) endless.add("app-id", {1});
  expect(judge(endless, endless.events), refused);
  const auto nitro = build(good_nitro());
  expect(verify(dumped(Json{{"document", to_base64(nitro->evidence)}, {"event_log", log.events}}),
                nitro->options),
         refused);
}

TEST(WrappingCases, ALogOfFirmwareInJsonIsReplayed) {
  const Bytes said = bytes_of("of the firmware");
  Bytes both(48);
  const auto digest = crypto::sha384(said);
  both.insert(both.end(), digest.begin(), digest.end());
  const auto value = crypto::sha384(both);
  const std::string log = to_base64(runtime_log_of({{4, 5, said, std::nullopt}}));
  for (const bool fits : {true, false}) {
    const auto td = td_quote(Bytes(64, 0x11), fits ? Bytes(value.begin(), value.end()) : Bytes(48));
    expect(verify(dumped(Json{{"quote", to_base64(td->evidence)}, {"cc_eventlog", log}}), td->options),
           {fits ? kAccepted : kRefused, "eventlog.replay", fits ? kPassed : Outcome::kFailed});
  }
}

TEST(WrappingCases, CertificatesInJsonCountByTheirSignatures) {
  const auto snp = build(good_amd(3, "Milan", false));
  std::string pem;
  for (const auto& certificate : snp->collateral.contents().certificates)
    pem += armoured("CERTIFICATE", to_bytes(certificate.der()));
  VerificationOptions without = snp->options;
  without.collateral = nullptr;
  const std::string report = to_base64url(snp->evidence);
  const Json inner = {{"SnpReport", report}, {"VcekCertChain", to_base64url(bytes_of(pem))}};
  EXPECT_EQ(verify(snp->evidence, without).verdict, kUndetermined);
  expect(verify(dumped(inner), without), {kAccepted, "wrapping.json", kPassed});
  // As Azure Attestation is asked.
  expect(verify(dumped(Json{{"report", to_base64url(dumped(inner))}}), without), {kAccepted});
  // Another authority's certificates are of no use.
  const auto other = build(good_intel(3, false, false));
  std::string others;
  for (const auto& certificate : other->collateral.contents().certificates)
    others += armoured("CERTIFICATE", to_bytes(certificate.der()));
  EXPECT_NE(verify(dumped(Json{{"SnpReport", report}, {"VcekCertChain", others}}), without).verdict,
            kAccepted);
  // As Azure's metadata service answers, and certificates as text.
  Collateral thim;
  ASSERT_TRUE(thim.add(
      dumped(Json{{"vcekCert", pem}, {"certificateChain", ""}, {"tcbm", "DB18000000000004"}}), "thim"));
  without.collateral = &thim;
  expect(verify(snp->evidence, without), {kAccepted});
  Collateral text;
  for (const auto& certificate : snp->collateral.contents().certificates)
    ASSERT_EQ(text.add(bytes_of(in_lines(to_base64(certificate.der()), 64)), "text").value(),
              std::vector{CollateralKind::kCertificate});
  without.collateral = &text;
  expect(verify(snp->evidence, without), {kAccepted});
}

}  // namespace
}  // namespace strongroom::attest::testing
