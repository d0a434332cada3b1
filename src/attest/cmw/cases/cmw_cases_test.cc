// Wrappers around evidence, good and broken; RA-TLS certificates and what they bind.
#include <gtest/gtest.h>

#include "attest/cmw/cmw.h"
#include "attest/cmw/ra_tls.h"
#include "attest/testing/cases.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

cmw::Record record(const Bytes& value, std::optional<uint64_t> indicator = cmw::kEvidence) {
  return {std::string("application/aws-nitro-document"), value, indicator};
}

struct Wrapped {
  const char* name;
  Bytes bytes;
  Expectation wanted;
};

std::vector<Wrapped> wrappers(const Bytes& good, const Bytes& bad) {
  const auto json = [](const cmw::Message& message) { return to_bytes(as_bytes(cmw::to_json(message))); };
  const auto text = [](std::string_view value) { return to_bytes(as_bytes(value)); };
  const auto item = [](const char* label, const cmw::Record& one) { return cmw::Item{label, one}; };
  const std::vector<cmw::Item> collection = {item("a", record(good)), item("b", record(good))};
  std::vector<cmw::Item> nested = {item("x", record(good))};
  for (int i = 0; i < 7; ++i) nested = {cmw::Item{"deeper", nested}};
  std::vector<cmw::Item> too_deep = {cmw::Item{"deeper", nested}};
  Bytes onion = good;
  for (int i = 0; i < 4; ++i) onion = cmw::to_cbor(record(onion));
  const Bytes onion_of_five = cmw::to_cbor(record(onion));
  const std::string value = to_base64url(good);
  cmw::Record by_format = record(good);
  by_format.type = uint16_t{60};
  Bytes with_more = cmw::to_cbor(record(good));
  with_more.push_back(0);
  Bytes cut = cmw::to_cbor(record(good));
  cut.resize(cut.size() - 2);
  Bytes huge = cmw::to_cbor(record(good));
  huge[2 + 30 + 1] = 0xff;  // the head of the value
  return {
      {"json_record", json(record(good)), {kAccepted}},
      {"json_record_without_indicator", json(record(good, std::nullopt)), {kAccepted}},
      {"cbor_record", cmw::to_cbor(record(good)), {kAccepted}},
      {"cbor_record_by_content_format", cmw::to_cbor(by_format), {kAccepted}},
      {"cbor_tag", cmw::to_cbor_tag(by_format).value(), {kAccepted}},
      {"cbor_collection", cmw::to_cbor(collection), {kAccepted, "collection", Outcome::kPassed}},
      {"json_collection",
       text("{\"__cmwc_t\": \"tag:example.com,2026:x\", \"a\": [\"a/b\", \"" + value + "\", 4]}"),
       {kAccepted}},
      {"collection_with_one_broken",
       cmw::to_cbor(std::vector{item("a", record(good)), item("b", record(bad))}),
       {kRefused}},
      {"collection_with_endorsements",
       cmw::to_cbor(std::vector{item("a", record(good)), item("b", record({1}, 2))}),
       {kAccepted}},
      {"collection_of_endorsements_alone",
       cmw::to_cbor(std::vector{item("b", record(good, 2))}),
       {kUndetermined, "cmw.evidence", Outcome::kMissing}},
      {"nested_eight_deep", cmw::to_cbor(nested), {kAccepted}},
      {"nested_nine_deep", cmw::to_cbor(too_deep), {kMalformed}},
      {"wrapped_four_times", onion, {kAccepted}},
      {"wrapped_five_times", onion_of_five, {kMalformed}},
      {"broken_evidence", cmw::to_cbor(record(bad)), {kRefused, "document.signature"}},
      {"evidence_of_no_format", cmw::to_cbor(record(Bytes(40, 1))), {kMalformed, "form"}},
      {"evidence_empty", cmw::to_cbor(record({})), {kMalformed, "form"}},
      {"byte_after_it", with_more, {kMalformed}},
      {"cut_off", cut, {kMalformed}},
      {"value_of_huge_length", huge, {kMalformed}},
      {"json_padded", text("[\"a/b\", \"" + value + "==\"]"), {kMalformed}},
      {"json_of_four_parts", text("[\"a/b\", \"" + value + "\", 4, 4]"), {kMalformed}},
      {"json_of_one_part", text("[\"a/b\"]"), {kMalformed}},
      {"json_type_is_none", text("[\"ab\", \"" + value + "\"]"), {kMalformed}},
      {"json_type_is_negative", text("[-1, \"" + value + "\"]"), {kMalformed}},
      {"json_type_is_large", text("[65536, \"" + value + "\"]"), {kMalformed}},
      {"json_indicator_zero", text("[\"a/b\", \"" + value + "\", 0]"), {kMalformed}},
      {"json_indicator_unknown", text("[\"a/b\", \"" + value + "\", 32]"), {kMalformed}},
      {"json_collection_empty", text("{\"__cmwc_t\": \"x\"}"), {kMalformed, "form"}},
      {"json_collection_of_numbers", text("{\"__cmwc_t\": \"x\", \"a\": 1}"), {kMalformed, "form"}},
      {"json_label_twice",
       text("{\"__cmwc_t\": \"x\", \"a\": [\"a/b\", \"\"], \"a\": [\"a/b\", \"\"]}"),
       {kMalformed, "form"}},
      {"tsm_report_of_no_evidence",
       text("{\"provider\": \"x\", \"outblob\": \"AAAA\"}"),
       {kMalformed, "form"}},
      {"tsm_report_without_base64", text("{\"provider\": \"x\", \"outblob\": \"?\"}"), {kMalformed, "form"}},
      {"tsm_report_around_evidence",
       text("{\"provider\": \"x\", \"outblob\": \"" + value + "\"}"),
       {kAccepted}},
      {"ratsd_without_wrapper", text("{\"cmw\": 1, \"eat_profile\": \"x\"}"), {kMalformed, "form"}},
      {"ratsd_around_evidence",
       text("{\"cmw\": \"" + to_base64url(json(record(good))) + "\", \"eat_profile\": \"x\"}"),
       {kAccepted}},
  };
}

TEST(CmwCases, EachComesToItsVerdictByItsCheck) {
  const auto good = build(good_nitro());
  NitroSpec broken = good_nitro();
  broken.sign_with_other_key = true;
  const auto bad = build(broken);
  for (const Wrapped& one : wrappers(good->evidence, bad->evidence)) {
    SCOPED_TRACE(one.name);
    expect(verify(one.bytes, good->options), one.wanted);
  }
}

TEST(CmwCases, NonceAndClaimsAreThoseOfTheEvidenceInside) {
  const auto good = build(good_nitro());
  VerificationOptions options = good->options;
  options.nonce = Bytes(20, 0x77);
  const VerificationResult result = verify(cmw::to_cbor(record(good->evidence)), options);
  EXPECT_EQ(result.verdict, kAccepted) << report(result);
  EXPECT_EQ(result.claims.tee, "nitro");
  EXPECT_EQ(result.format, "cmw/nitro-document");
  options.nonce = Bytes(20, 0x78);
  EXPECT_EQ(verify(cmw::to_cbor(record(good->evidence)), options).verdict, kRefused);
}

TEST(CmwCases, WhatIsWrittenIsReadBack) {
  const cmw::Message message = std::vector<cmw::Item>{
      {"a", cmw::Record{std::string("a/b"), {1, 2}, 4}},
      {"b", std::vector<cmw::Item>{{"c", cmw::Record{uint16_t{61}, {}, std::nullopt}}}}};
  const auto from_cbor = cmw::parse_cmw(cmw::to_cbor(message));
  ASSERT_TRUE(from_cbor.has_value()) << from_cbor.error().message;
  EXPECT_EQ(cmw::to_json(*from_cbor), cmw::to_json(message));
  EXPECT_EQ(cmw::to_json(message), R"({"a":["a/b","AQI",4],"b":{"c":[61,""]}})");
  // RFC 9277, section 4.3: content format 60 is tag 1668546877.
  EXPECT_EQ(to_hex(cmw::to_cbor_tag({uint16_t{60}, {0xff}, std::nullopt}).value()), "da6374013d41ff");
  EXPECT_FALSE(cmw::to_cbor_tag({std::string("a/b"), {}, std::nullopt}).has_value());
}

// A certificate with a quote about its key, in the interoperable form or the older one.
struct RaTls {
  bool interoperable = true, other_key = false, other_claims = false, signed_by_other = false;
  uint64_t algorithm = 1;
  std::string label = "pubkey-hash";
  std::chrono::hours until{10};
};

VerificationResult judge_ra_tls(const RaTls& spec) {
  const Key key = Key::make(Key::Kind::kP256), other = Key::make(Key::Kind::kP256);
  const crypto::Sha256Digest hash = crypto::sha256(spec.other_key ? other.spki() : key.spki());
  const Bytes pair = concat({Bytes{0x82}, cbor_head(0, spec.algorithm), cbor_bytes_item(hash)});
  const Bytes claims = concat({Bytes{0xa1}, cbor_text_item(spec.label), cbor_bytes_item(pair)});
  IntelSpec intel = good_intel(3, false, false);
  crypto::Sha256Digest bound = spec.interoperable ? crypto::sha256(claims) : hash;
  if (spec.other_claims) bound[0] ^= 1;
  std::copy(bound.begin(), bound.end(), intel.report.begin() + 320);  // REPORTDATA
  const auto built = build(intel);
  const Bytes evidence = spec.interoperable
                             ? concat({cbor_head(6, 60000), Bytes{0x82}, cbor_bytes_item(built->evidence),
                                       cbor_bytes_item(claims)})
                             : built->evidence;
  CertificateSpec certificate;
  certificate.common_name = "RA-TLS";
  certificate.from = intel.now - std::chrono::hours(10);
  certificate.until = intel.now + spec.until;
  certificate.extensions.push_back(
      {spec.interoperable ? "2.23.133.5.4.9" : "1.2.840.113741.1.13.1", evidence, false});
  const Identity namesake{other, {}, certificate.common_name};
  const Identity issued = issue(certificate, key, spec.signed_by_other ? &namesake : nullptr);
  return verify(issued.der, built->options);
}

TEST(RaTlsCases, TheKeyOfTheCertificateMustBeTheOneThatTheEvidenceBinds) {
  expect(judge_ra_tls({}), {kAccepted, "ra_tls.binding", Outcome::kPassed});
  expect(judge_ra_tls({.interoperable = false}), {kAccepted, "ra_tls.binding", Outcome::kPassed});
  expect(judge_ra_tls({.other_key = true}), {kRefused, "ra_tls.binding"});
  expect(judge_ra_tls({.interoperable = false, .other_key = true}), {kRefused, "ra_tls.binding"});
  expect(judge_ra_tls({.other_claims = true}), {kRefused, "ra_tls.binding"});
  expect(judge_ra_tls({.algorithm = 2}), {kRefused, "ra_tls.binding"});
  expect(judge_ra_tls({.label = "pubkey"}), {kRefused, "ra_tls.binding"});
  expect(judge_ra_tls({.signed_by_other = true}), {kRefused, "ra_tls.signature"});
  expect(judge_ra_tls({.until = std::chrono::hours(-1)}), {kRefused, "ra_tls.validity"});
}

}  // namespace
}  // namespace strongroom::attest::testing
