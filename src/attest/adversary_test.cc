// What senders of evidence may try, beyond breaking one field of it: each of these was once believed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/cmw/cmw.h"
#include "attest/intel/signed_json.h"
#include "attest/rfc3339.h"
#include "attest/roots.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/expectation.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "attest/testing/nvidia_world.h"
#include "attest/testing/tpm_world.h"
#include "attest/tpm/event_log.h"
#include "base/encoding.h"
#include "crypto/chain.h"

namespace strongroom::attest::testing {
namespace {

constexpr auto kRefused = Verdict::kRefused;
constexpr auto kAccepted = Verdict::kAccepted;

TEST(Adversary, AnEmptyNonceIsBoundByNothing) {
  NitroSpec spec = good_nitro();
  spec.document_nonce.reset();
  spec.nonce = Bytes{};
  const auto nitro = build(spec);
  expect(verify(nitro->evidence, nitro->options), {kRefused, "nonce"});
  TpmSpec with_tpm = good_tpm();
  with_tpm.extra_data.clear();
  with_tpm.nonce = Bytes{};
  const auto tpm = build(with_tpm);
  expect(verify(tpm->evidence, tpm->options), {kRefused, "nonce"});
}

// A collection of somebody's genuine evidence has no report data that could bind a key.
Bytes collection_of(const Bytes& genuine) {
  const cmw::Record record{std::string("application/aws-nitro-document"), genuine, cmw::kEvidence};
  return cmw::to_cbor(std::vector{cmw::Item{"a", record}, cmw::Item{"b", record}});
}

TEST(Adversary, ACertificateAroundEvidenceThatBindsNothingIsRefused) {
  const auto nitro = build(good_nitro());
  CertificateSpec certificate;
  certificate.common_name = "RA-TLS";
  certificate.from = nitro->options.time - std::chrono::hours(10);
  certificate.until = nitro->options.time + std::chrono::hours(10);
  const Bytes evidence = concat({cbor_head(6, 60000), Bytes{0x82},
                                 cbor_bytes_item(collection_of(nitro->evidence)), cbor_bytes_item({})});
  certificate.extensions.push_back({"2.23.133.5.4.9", evidence, false});
  const Identity issued = issue(certificate, Key::make(Key::Kind::kP256), nullptr);
  expect(verify(issued.der, nitro->options), {kRefused, "ra_tls.binding"});
}

Bytes protobuf_field(uint8_t number, const Bytes& content) {
  Bytes out = {static_cast<uint8_t>(number << 3 | 2)};
  for (size_t size = content.size();; size >>= 7) {
    out.push_back(static_cast<uint8_t>((size & 0x7f) | (size > 0x7f ? 0x80 : 0)));
    if (size <= 0x7f) break;
  }
  return concat({out, content});
}

TEST(Adversary, LayersOverEvidenceThatBindsNothingAreRefused) {
  const auto nitro = build(good_nitro());
  const Bytes root = concat({Bytes{0x08, 0x01}, protobuf_field(2, collection_of(nitro->evidence)),
                             protobuf_field(3, Bytes(80, 1))});
  expect(verify(protobuf_field(1, root), nitro->options), {kRefused, "root.binding"});
}

// Report data that are shorter than the hash could hold any piece of it.
TEST(Adversary, LayersOverEvidenceWithoutReportDataAreRefused) {
  NitroSpec spec = good_nitro();
  spec.user_data.reset();
  const auto nitro = build(spec);
  const Bytes root =
      concat({Bytes{0x08, 0x01}, protobuf_field(2, nitro->evidence), protobuf_field(3, Bytes(80, 1))});
  expect(verify(protobuf_field(1, root), nitro->options), {kRefused, "root.binding"});
}

TEST(Adversary, ARootOfOneVendorIsNoneOfAnother) {
  VerificationOptions options;
  options.extra_roots.push_back({"lab", {}});
  const std::pair<Vendor, std::string> vendors[] = {{Vendor::kIntel, "intel-"},
                                                    {Vendor::kAmd, "amd-"},
                                                    {Vendor::kAws, "aws-"},
                                                    {Vendor::kNvidiaDevice, "nvidia-device-"},
                                                    {Vendor::kNvidiaRim, "nvidia-rim-"},
                                                    {Vendor::kTpm, "google-"},
                                                    {Vendor::kMicrosoft, "microsoft-"}};
  for (const auto& [vendor, prefix] : vendors) {
    auto roots = trusted_roots(vendor, options);
    ASSERT_GT(roots.size(), 1U) << prefix;
    EXPECT_EQ(roots.back().name, "extra:lab");
    roots.pop_back();
    for (const crypto::TrustedKey& root : roots) {
      EXPECT_TRUE(root.name.starts_with(prefix)) << root.name;
      EXPECT_EQ(root.form, crypto::RootForm::kSignsItself) << root.name;
    }
  }
}

TEST(Adversary, ATimeHasItsOwnPunctuation) {
  const Time noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12);
  EXPECT_EQ(parse_rfc3339("2026-01-31T13:30:00+01:30").value(), noon);
  EXPECT_EQ(parse_rfc3339("2026-01-31T10:30:00-01:30").value(), noon);
  EXPECT_FALSE(parse_rfc3339("2026-02-30T12:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-01-31T12:00:00Zx"));
  EXPECT_TRUE(parse_rfc3339("2026-01-31t12:00:00z"));
  EXPECT_FALSE(parse_rfc3339("2026\r01\r31T12:00:00Z"));
  EXPECT_FALSE(
      parse_rfc3339("2026-01-31T12\032"
                    "00\032"
                    "00Z"));
}

// Types of events are not measured. Firmware says that Secure Boot is off; afterwards the operating system,
// which may extend every PCR, measures what firmware would have said otherwise, and sends a log in which the
// true variable and the true separator have become events of no interest.
TEST(Adversary, ALogCannotRenameTheSeparatorThatEndsTheFirmwaresWord) {
  TpmSpec spec = good_tpm();
  const auto variable = [](uint8_t value) {
    return LoggedEvent{7, tpm::kEventVariableDriverConfig, uefi_variable("SecureBoot", Bytes{value}),
                       std::nullopt};
  };
  for (LoggedEvent& event : spec.events)
    if (event.index == 7 && event.data == variable(1).data) event = variable(0);
  spec.events.push_back(variable(1));
  spec.events.push_back({7, tpm::kEventSeparator, Bytes(4), std::nullopt});
  std::vector<LoggedEvent> told = spec.events;
  for (size_t i = 0; i + 2 < told.size(); ++i)
    if (told[i].index == 7 && (told[i].type == tpm::kEventSeparator || told[i].data == variable(0).data))
      told[i].type = 0x5;  // EV_ACTION
  spec.change_log = [told](Bytes& log) { log = event_log_of(told, {tpm::kAlgSha256}); };
  const auto built = build(spec);
  const VerificationResult result = verify(built->evidence, built->options);
  expect(result, {kRefused, "secure_boot"});
  EXPECT_FALSE(result.claims.vendor.contains("uefi.secure_boot"));
}

// In a CCEL the second register has what PCR 7 has in a TPM's log.
TEST(Adversary, ALogOfRuntimeRegistersIsNoneOfATpm) {
  TpmSpec spec = good_tpm();
  spec.banks = {tpm::kAlgSha384};
  spec.events = {{1, tpm::kEventVariableDriverConfig, uefi_variable("SecureBoot", Bytes{1}), std::nullopt},
                 {1, tpm::kEventSeparator, Bytes(4), std::nullopt}};
  spec.change_log = [events = spec.events](Bytes& log) { log = runtime_log_of(events); };
  const auto built = build(spec);
  const VerificationResult result = verify(built->evidence, built->options);
  expect(result, {kRefused, "eventlog.form"});
  EXPECT_FALSE(result.claims.vendor.contains("uefi.secure_boot"));
}

TEST(Adversary, APolicyForOneKindOfDeviceAllowsNoListWithAnother) {
  NvidiaSpec of_switch = good_nvidia();
  of_switch.driver_version = "";
  const auto first = build(of_switch), second = build(good_nvidia());
  for (const auto* one : {first.get(), second.get()})
    expect(verify(one->evidence, one->options), {kAccepted});
  using nlohmann::json;
  const auto list = [](const NvidiaCase& one) {
    return json::parse(one.evidence.begin(), one.evidence.end());
  };
  json both = json::array();
  for (const NvidiaCase* one : {first.get(), second.get()})
    for (const json& device : list(*one)) both.push_back(device);
  const std::string text = both.dump();
  VerificationOptions options = second->options;
  const auto more = first->options.extra_roots;
  options.extra_roots.insert(options.extra_roots.end(), more.begin(), more.end());
  const std::string text_of_policy = fmt::format(
      "version = 1\n[[allow]]\nname = \"a\"\ntee = [\"nvidia-gpu\"]\nroots = [\"lab\"]\n"
      "insecure_any_code = true\n[[root]]\nname = \"lab\"\nkey_sha256 = \"{}\"\n",
      to_hex(options.extra_roots.front().key_fingerprint));
  const auto policy = Policy::parse(text_of_policy, "p.toml");
  ASSERT_TRUE(policy) << policy.error().message;
  options.policy = &*policy;
  expect(verify(as_bytes(text), options), {kRefused, "policy.tee"});
}

// Whoever may be believed about one kind of platform could otherwise call any platform up to date.
TEST(Adversary, DocumentsAboutAPlatformAreSignedBelowItsOwnRoot) {
  IntelSpec spec = good_intel(3, false, false);
  const auto intel = build(spec);
  CertificateSpec authority;
  authority.common_name = "lab";
  authority.from = spec.now - std::chrono::hours(10);
  authority.until = spec.now + std::chrono::hours(10);
  authority.authority = true;
  authority.key_usage = "critical,keyCertSign,cRLSign";
  CertificateSpec signing = authority;
  signing.common_name = "Intel SGX TCB Signing";
  signing.authority = false;
  signing.key_usage = "critical,digitalSignature";
  const Identity lab = issue(authority, Key::make(Key::Kind::kP256), nullptr);
  const Identity signer = issue(signing, Key::make(Key::Kind::kP256), &lab);
  Collateral collateral;
  for (const auto& [name, content] : intel->files) {
    const std::string_view text = as_text(content);
    if (text.find("\"tcbInfo\"") == std::string_view::npos) {
      ASSERT_TRUE(collateral.add(content, name));
      continue;
    }
    std::string signed_again(text);
    const Bytes body = to_bytes(intel::parse_signed_body(content, "tcbInfo").value().body);
    signed_again.replace(signed_again.rfind('"', signed_again.size() - 3) + 1, 128,
                         to_hex(signer.key.sign(body)));
    ASSERT_TRUE(collateral.add(as_bytes(signed_again), name));
  }
  for (const Bytes& der : {lab.der, signer.der, revoke(lab, authority.from, authority.until, {})})
    ASSERT_TRUE(collateral.add(der, "lab"));
  VerificationOptions options = intel->options;
  options.collateral = &collateral;
  options.extra_roots.push_back({"lab", lab.key.fingerprint()});
  expect(verify(intel->evidence, options), {kRefused, "tcb_info.signature"});
}

// What follows would keep a verifier busy for minutes, or fill its memory, were it not refused by its form.

TEST(Adversary, AnElementWithAttributesWithoutEndIsRefusedBeforeItIsParsed) {
  std::string xml = "<SoftwareIdentity";
  for (int i = 0; i < 60000; ++i) xml += fmt::format(" a{:x}=\"\"", i);
  const VerificationResult result = verify(as_bytes(xml + "/>"), {});
  expect(result, {Verdict::kMalformed, "form"});
  EXPECT_NE(result.findings.front().why.find("attributes"), std::string::npos);
}

TEST(Adversary, CertificatesInCertificatesAreNotLookedInto) {
  const auto intel = build(good_intel(3, false, false));
  Bytes inside = intel->evidence;
  CertificateSpec certificate;
  certificate.common_name = "RA-TLS";
  certificate.from = intel->options.time - std::chrono::hours(10);
  certificate.until = intel->options.time + std::chrono::hours(10);
  for (int i = 0; i < 2; ++i) {
    certificate.extensions = {{"1.2.840.113741.1337.6", inside, false}};
    inside = issue(certificate, Key::make(Key::Kind::kP256), nullptr).der;
    EXPECT_EQ(decode(inside).format.starts_with("ra-tls/"), i == 0) << decode(inside).format;
  }
}

TEST(Adversary, EntriesOfACertificateTableDoNotOverlap) {
  AmdSpec spec = good_amd(3, "Milan", false);
  spec.table = {"key", "ask", "ark"};
  const auto built = build(spec);
  Bytes evidence = built->evidence;
  EXPECT_EQ(verify(evidence, built->options).verdict, kAccepted);
  // The second entry: all of the table.
  const size_t entry = 1184 + 24 + 16;
  const auto size = static_cast<uint32_t>(evidence.size() - 1184);
  for (unsigned i = 0; i < 4; ++i) {
    evidence[entry + i] = 0;
    evidence[entry + 4 + i] = static_cast<uint8_t>(size >> (8 * i));
  }
  expect(verify(evidence, built->options), {Verdict::kMalformed, "form"});
}

TEST(Adversary, ALogOfZerosWithAnEndIsReadInOnePass) {
  Bytes log(size_t{32} * 65000);
  log[4] = 1;  // the first event has a type
  log[28] = 1;
  log.push_back(1);
  const auto start = tpm::parse_event_log(log);
  EXPECT_FALSE(start);
}

// The root's key in a certificate that somebody else made: its dates are not the vendor's.
TEST(Adversary, ARootThatSignsItselfIsNotTakenFromAnothersHand) {
  const Time now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  const auto authority = [&](const char* name, std::chrono::hours until) {
    CertificateSpec spec;
    spec.common_name = name;
    spec.from = now - std::chrono::hours(100);
    spec.until = now + until;
    spec.authority = true;
    spec.key_usage = "critical,keyCertSign,cRLSign";
    return spec;
  };
  CertificateSpec leaf_spec;
  leaf_spec.common_name = "leaf";
  leaf_spec.from = now - std::chrono::hours(10);
  leaf_spec.until = now + std::chrono::hours(10);
  const Key root_key = Key::make(Key::Kind::kP256);
  const Identity root = issue(authority("root", std::chrono::hours(-1)), root_key, nullptr);
  const Identity leaf = issue(leaf_spec, Key::make(Key::Kind::kP256), &root);
  const Identity stranger =
      issue(authority("stranger", std::chrono::hours(10)), Key::make(Key::Kind::kP256), nullptr);
  const Identity forged = issue(authority("root", std::chrono::hours(10)), root_key, &stranger);
  const auto certificate = [](const Identity& of) { return crypto::Certificate::from_der(of.der).value(); };
  const std::vector<crypto::Certificate> candidates = {certificate(forged), certificate(stranger)};
  std::vector<crypto::TrustedKey> roots = {{"root", root_key.fingerprint(), crypto::RootForm::kSignsItself}};
  EXPECT_FALSE(crypto::build_chain(certificate(leaf), candidates, roots, now));
  // An authority that the caller trusts need be no root.
  roots[0].form = crypto::RootForm::kAny;
  EXPECT_TRUE(crypto::build_chain(certificate(leaf), candidates, roots, now));
}

}  // namespace
}  // namespace strongroom::attest::testing
