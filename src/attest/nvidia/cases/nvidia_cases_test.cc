// NVIDIA reports and manifests of a test PKI, each broken in one way, with the check that must refuse it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "attest/testing/cases.h"
#include "attest/testing/nvidia_world.h"
#include "attest/testing/rim_signer.h"
#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::seconds;

class NvidiaTable : public Cases<NvidiaSpec> {
 public:
  using Cases::Cases;
  void report(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &NvidiaSpec::change_report, std::move(change), std::move(wanted));
  }
  // Signed as it is.
  void signed_report(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &NvidiaSpec::change_before_signing, std::move(change), std::move(wanted));
  }
  void opaque(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &NvidiaSpec::change_opaque, std::move(change), std::move(wanted));
  }
  void record(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &NvidiaSpec::change_record, std::move(change), std::move(wanted));
  }
};

constexpr size_t kRecord = 37 + 8;

void add_report_cases(NvidiaTable& cases) {
  const std::pair<const char*, size_t> fields[] = {
      {"nonce", 4}, {"slot", 36}, {"measurement", kRecord + 10}, {"response_nonce", kRecord + 40 * 55 + 3}};
  for (const auto& [name, at] : fields)
    cases.report(std::string("bit_of_") + name, [at = at](Bytes& b) { b[at] ^= 1; },
                 {kRefused, "report.signature"});
  cases.report("first_byte_of_the_signature", [](Bytes& b) { b[b.size() - 96] ^= 1; },
               {kRefused, "report.signature"});
  cases.report("last_byte_of_the_signature", [](Bytes& b) { b.back() ^= 1; }, {kRefused, "report.signature"});
  cases.report("signature_of_zeros", [](Bytes& b) { std::fill(b.end() - 96, b.end(), uint8_t{0}); },
               {kRefused, "report.signature"});
  cases.report("byte_after_it", [](Bytes& b) { b.push_back(0); }, {kMalformed, "form"});
  cases.report("cut_off", [](Bytes& b) { b.pop_back(); }, {kMalformed, "form"});
  cases.add("signed_by_another_key", [](NvidiaSpec& s) { s.sign_with_other_key = true; },
            {kRefused, "report.signature"});
  cases.signed_report("request_of_another_version", [](Bytes& b) { b[0] = 0x10; }, {kMalformed, "form"});
  cases.signed_report("another_request", [](Bytes& b) { b[1] = 0x81; }, {kMalformed, "form"});
  cases.signed_report("no_signature_requested", [](Bytes& b) { b[2] = 0; }, {kMalformed, "form"});
  cases.signed_report("not_all_measurements_requested", [](Bytes& b) { b[3] = 1; }, {kMalformed, "form"});
  cases.signed_report("response_of_another_version", [](Bytes& b) { b[37] = 0x12; }, {kMalformed, "form"});
  cases.signed_report("another_response", [](Bytes& b) { b[38] = 0x7f; }, {kMalformed, "form"});
  cases.signed_report("fewer_blocks_than_said", [](Bytes& b) { b[41] = 41; }, {kMalformed, "form"});
  cases.signed_report("more_blocks_than_said", [](Bytes& b) { b[41] = 39; }, {kMalformed, "form"});
  cases.signed_report("no_blocks", [](Bytes& b) { b[41] = 0; }, {kMalformed, "form"});
  cases.signed_report("huge_record", [](Bytes& b) { b[44] = 0xff; }, {kMalformed, "form"});
  cases.record("measurement_in_another_form", [](Bytes& b) { b[1] = 2; }, {kMalformed, "form"});
  cases.record("measurement_of_huge_size", [](Bytes& b) { b[3] = 0xff; }, {kMalformed, "form"});
  cases.record("measurement_value_of_another_size", [](Bytes& b) { b[5] = 32; }, {kMalformed, "form"});
  cases.record("measurement_zero", [](Bytes& b) { b[0] = 0; }, {kMalformed, "form"});
  cases.record("measurement_twice", [](Bytes& b) { b[55] = 1; }, {kMalformed, "form"});
  cases.opaque("opaque_cut_off", [](Bytes& b) { b.pop_back(); }, {kMalformed, "form"});
  cases.opaque("opaque_with_a_field_twice", [](Bytes& b) { b.insert(b.end(), b.begin(), b.begin() + 12); },
               {kMalformed, "form"});
  cases.opaque("opaque_of_huge_field", [](Bytes& b) { b[3] = 0xff; }, {kMalformed, "form"});
  cases.add(
      "manifest_with_a_measurement_twice",
      [](NvidiaSpec& s) {
        s.driver.before_signature =
            R"(<Payload><Resource type="Measurement" index="0" active="True" alternatives="1" h:Hash0=")" +
            to_hex(Bytes(48, 9)) + R"("/></Payload>)";
      },
      {kUndetermined, "rim.driver.measurements", Outcome::kMissing});
  cases.opaque("opaque_empty", [](Bytes& b) { b.clear(); }, {kMalformed, "form"});
  cases.opaque("opaque_with_unknown_field",
               [](Bytes& b) {
                 const Bytes field = {200, 0, 1, 0, 9};
                 b.insert(b.end(), field.begin(), field.end());
               },
               {kAccepted});
  cases.add("version_that_is_no_text", [](NvidiaSpec& s) { s.driver_version = "5\n50"; },
            {kMalformed, "form"});
}

void add_identity_cases(NvidiaTable& cases) {
  cases.add("root_not_trusted", [](NvidiaSpec& s) { s.trust_roots = false; },
            {kRefused, "certificate.chain"});
  cases.add("leaf_by_another", [](NvidiaSpec& s) { s.leaf_by_other = true; },
            {kRefused, "certificate.chain"});
  cases.add("leaf_expired", [](NvidiaSpec& s) { s.leaf.until = s.now - seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("leaf_not_yet_valid", [](NvidiaSpec& s) { s.leaf.from = s.now + seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("authority_expired", [](NvidiaSpec& s) { s.authority.until = s.now - seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("root_expired", [](NvidiaSpec& s) { s.root.until = s.now - seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("authority_is_none",
            [](NvidiaSpec& s) {
              s.authority.authority = false;
              s.authority.path_length.reset();
            },
            {kRefused, "certificate.chain"});
  cases.add("leaf_may_not_sign", [](NvidiaSpec& s) { s.leaf.key_usage = "critical,keyAgreement"; },
            {kRefused, "certificate.chain"});
  cases.set("leaf_revoked", &NvidiaSpec::authority_revokes, std::vector<uint64_t>{3},
            {kRefused, "certificate.revocation"});
  cases.set("authority_revoked", &NvidiaSpec::root_revokes, std::vector<uint64_t>{2},
            {kRefused, "certificate.revocation"});
  cases.set("another_serial_revoked", &NvidiaSpec::root_revokes, std::vector<uint64_t>{9},
            {kAccepted, "certificate.revocation", Outcome::kPassed});
  using Names = std::vector<std::string>;
  cases.set("chain_root_first", &NvidiaSpec::chain, Names{"root", "authority", "leaf"}, {kAccepted});
  cases.set("chain_without_authority", &NvidiaSpec::chain, Names{"leaf", "root"},
            {kUndetermined, "certificate.chain", Outcome::kMissing});
  cases.set("chain_of_seventeen", &NvidiaSpec::chain, Names(17, "leaf"), {kMalformed, "form"});
  cases.set("json_nested_deeply", &NvidiaSpec::change_json,
            [](std::string& j) {
              j.replace(j.size() - 2, 1, ", \"x\": " + std::string(1000, '[') + std::string(1000, ']') + "}");
            },
            {kMalformed, "form"});
  cases.add("firmware_id_of_another", [](NvidiaSpec& s) { s.firmware_id = Bytes(48, 0xf2); },
            {kRefused, "fwid"});
  cases.add("firmware_id_not_certified", [](NvidiaSpec& s) { s.certified_firmware_id.reset(); },
            {kRefused, "fwid"});
  cases.add("firmware_id_not_reported", [](NvidiaSpec& s) { s.firmware_id.reset(); },
            {kAccepted, "fwid", Outcome::kNotApplicable});
  cases.add("nonce_equal", [](NvidiaSpec& s) { s.nonce_wanted = Bytes(32, 0x77); },
            {kAccepted, "nonce", Outcome::kPassed});
  cases.add("nonce_of_another", [](NvidiaSpec& s) { s.nonce_wanted = Bytes(32, 0x78); }, {kRefused, "nonce"});
  cases.add("nonce_prefix_is_not_enough", [](NvidiaSpec& s) { s.nonce_wanted = Bytes(31, 0x77); },
            {kRefused, "nonce"});
  cases.add("bare_with_chain", [](NvidiaSpec& s) { s.as_json = false; }, {kAccepted});
  cases.add("bare_without_chain",
            [](NvidiaSpec& s) {
              s.as_json = false;
              s.send_certificates = false;
            },
            {kUndetermined, "report.signature", Outcome::kMissing});
  cases.add("two_devices", [](NvidiaSpec& s) { s.devices = 2; }, {kAccepted, "devices", Outcome::kPassed});
  cases.add("two_devices_with_a_broken_signature",
            [](NvidiaSpec& s) {
              s.devices = 2;
              s.change_report = [](Bytes& b) { b.back() ^= 1; };
            },
            {kRefused});
  cases.add("sixty_four_devices", [](NvidiaSpec& s) { s.devices = 64; }, {kAccepted});
  cases.add("sixty_five_devices", [](NvidiaSpec& s) { s.devices = 65; }, {kMalformed, "form"});
  cases.add("json_cut_off", [](NvidiaSpec& s) { s.change_json = [](std::string& j) { j.pop_back(); }; },
            {kMalformed, "form"});
  cases.add("json_with_a_nonce_that_nobody_signed",
            [](NvidiaSpec& s) {
              s.nonce_wanted = Bytes(32, 0x78);
              s.change_json = [](std::string& j) {
                std::string old;
                for (int i = 0; i < 32; ++i) old += "77";
                std::string fresh;
                for (int i = 0; i < 32; ++i) fresh += "78";
                j.replace(j.find(old), old.size(), fresh);
              };
            },
            {kRefused, "nonce"});
}

void add_manifest_cases(NvidiaTable& cases) {
  cases.add("driver_manifest_absent", [](NvidiaSpec& s) { s.send_driver = false; },
            {kUndetermined, "rim.driver.measurements", Outcome::kMissing});
  cases.add("vbios_manifest_absent", [](NvidiaSpec& s) { s.send_vbios = false; },
            {kUndetermined, "rim.vbios.measurements", Outcome::kMissing});
  cases.add("driver_manifest_of_another_version", [](NvidiaSpec& s) { s.driver.version = "550.2"; },
            {kUndetermined, "rim.driver.measurements", Outcome::kMissing});
  cases.add("measurement_that_the_driver_manifest_does_not_know",
            [](NvidiaSpec& s) { s.measurements[1] = Bytes(48, 0xee); },
            {kRefused, "rim.driver.measurements"});
  cases.add("measurement_that_the_vbios_manifest_does_not_know",
            [](NvidiaSpec& s) { s.measurements[11] = Bytes(48, 0xee); },
            {kRefused, "rim.vbios.measurements"});
  cases.add("measurement_that_no_manifest_fixes", [](NvidiaSpec& s) { s.measurements[20] = Bytes(48, 0xee); },
            {kAccepted});
  cases.add("measurement_absent", [](NvidiaSpec& s) { s.measurements.erase(2); },
            {kRefused, "rim.driver.measurements"});
  cases.add("both_manifests_fix_one_measurement",
            [](NvidiaSpec& s) { s.vbios.measurements[0] = {Bytes(48, 1)}; }, {kRefused, "rim.conflict"});
  cases.add("decoder_measurement_counts", [](NvidiaSpec& s) { s.measurements[36] = Bytes(48, 0xee); },
            {kRefused, "rim.driver.measurements"});
  cases.add("decoder_measurement_of_a_disabled_decoder",
            [](NvidiaSpec& s) {
              s.measurements[36] = Bytes(48, 0xee);
              s.decoder_status = 0x55;
            },
            {kAccepted});
  const auto rim = [&](const char* name, std::function<void(RimSpec&)> change, Expectation wanted) {
    cases.add(
        name, [change](NvidiaSpec& s) { change(s.driver); }, std::move(wanted));
  };
  rim("manifest_signed_by_another_key", [](RimSpec& r) { r.sign_with_other_key = true; },
      {kRefused, "rim.driver.signature"});
  rim("manifest_signer_by_another_authority", [](RimSpec& r) { r.signer_by_other = true; },
      {kRefused, "rim.driver.chain"});
  rim("manifest_measurement_changed",
      [](RimSpec& r) { r.change_after_signing = [](std::string& x) { x[x.find("010101")] = 'f'; }; },
      {kRefused, "rim.driver.signature"});
  rim("manifest_version_changed",
      [](RimSpec& r) {
        r.version = "550.0";
        r.change_after_signing = [](std::string& x) { x.replace(x.find("550.0"), 5, "550.1"); };
      },
      {kRefused, "rim.driver.signature"});
  rim("manifest_with_a_resource_more",
      [](RimSpec& r) {
        r.change_after_signing = [](std::string& x) {
          x.insert(x.find("</Payload>"), R"(<Resource type="Other" index="1"/>)");
        };
      },
      {kRefused, "rim.driver.signature"});
  rim("manifest_signed_in_part",
      [](RimSpec& r) {
        r.reference_uri = "#part";
        r.before_signature = R"(<Extra xml:id="part"/>)";
      },
      {kRefused, "rim.driver.signature"});
  rim("manifest_signed_without_saying_what", [](RimSpec& r) { r.reference_uri.reset(); },
      {kRefused, "rim.driver.signature"});
  rim("manifest_with_a_transform_that_drops_all",
      [](RimSpec& r) {
        r.transforms =
            R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
            R"(<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>false()</ds:XPath></ds:Transform>)";
      },
      {kRefused, "rim.driver.signature"});
  rim("manifest_signed_with_sha256",
      [](RimSpec& r) { r.method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"; },
      {kRefused, "rim.driver.signature"});
  // A document that cannot be read is as good as absent.
  rim("manifest_with_a_doctype",
      [](RimSpec& r) {
        r.change_after_signing = [](std::string& x) {
          x.insert(x.find("<SoftwareIdentity"), "<!DOCTYPE SoftwareIdentity [<!ENTITY a \"b\">]>");
        };
      },
      {kUndetermined, "rim.driver.measurements", Outcome::kMissing});
  rim("manifest_with_two_signatures",
      [](RimSpec& r) {
        r.change_after_signing = [](std::string& x) {
          const size_t begin = x.find("<ds:Signature "), end = x.find("</SoftwareIdentity>");
          x.insert(end, x.substr(begin, end - begin));
        };
      },
      {kUndetermined, "rim.driver.measurements", Outcome::kMissing});
  rim("manifest_without_signature",
      [](RimSpec& r) {
        r.change_after_signing = [](std::string& x) {
          const size_t begin = x.find("<ds:Signature "), end = x.find("</SoftwareIdentity>");
          x.erase(begin, end - begin);
        };
      },
      {kUndetermined, "rim.driver.measurements", Outcome::kMissing});
  rim("manifest_cut_off",
      [](RimSpec& r) { r.change_after_signing = [](std::string& x) { x.resize(x.size() - 9); }; },
      {kUndetermined, "rim.driver.measurements", Outcome::kMissing});
  cases.add("manifest_signer_expired", [](NvidiaSpec& s) { s.driver.signer.until = s.now - seconds(1); },
            {kRefused, "rim.driver.validity"});
  cases.add("manifest_signer_not_yet_valid", [](NvidiaSpec& s) { s.driver.signer.from = s.now + seconds(1); },
            {kRefused, "rim.driver.validity"});
  rim("manifest_signer_may_not_sign", [](RimSpec& r) { r.signer.key_usage = "critical,keyAgreement"; },
      {kRefused, "rim.driver.chain"});
}

TEST(NvidiaCases, EachComesToItsVerdictByItsCheck) {
  NvidiaTable cases(good_nvidia());
  cases.add("good", [](NvidiaSpec&) {}, {kAccepted, "rim.driver.measurements", Outcome::kPassed});
  add_report_cases(cases);
  add_identity_cases(cases);
  add_manifest_cases(cases);
  cases.run();
}

// What a manifest says counts for nothing where it is not good itself, whatever else the report is refused
// for.
TEST(NvidiaCases, NothingIsComparedWithAManifestThatIsNotGood) {
  const std::pair<const char*, std::function<void(RimSpec&, Time)>> changes[] = {
      {"signed_by_another_key", [](RimSpec& r, Time) { r.sign_with_other_key = true; }},
      {"signer_by_another_authority", [](RimSpec& r, Time) { r.signer_by_other = true; }},
      {"signer_expired", [](RimSpec& r, Time now) { r.signer.until = now - seconds(1); }},
      {"signer_may_not_sign", [](RimSpec& r, Time) { r.signer.key_usage = "critical,keyAgreement"; }},
  };
  const auto compared = [](const NvidiaSpec& spec) {
    const auto built = build(spec);
    const VerificationResult result = verify(built->evidence, built->options);
    return std::any_of(result.findings.begin(), result.findings.end(),
                       [](const Finding& finding) { return finding.check == "rim.driver.measurements"; });
  };
  EXPECT_TRUE(compared(good_nvidia()));
  for (const auto& [name, change] : changes) {
    NvidiaSpec spec = good_nvidia();
    change(spec.driver, spec.now);
    EXPECT_FALSE(compared(spec)) << name;
  }
}

// A signature over a file beside the manifest would verify, were the file read.
TEST(NvidiaCases, AManifestsSignatureReadsNoFile) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("strongroom-rim-{}.xml", ::getpid());
  std::ofstream(file) << "<SoftwareIdentity/>";
  NvidiaSpec spec = good_nvidia();
  spec.driver.reference_uri = "file://" + file.string();
  spec.driver.transforms = R"(<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>)";
  const auto built = build(spec);
  const VerificationResult result = verify(built->evidence, built->options);
  std::filesystem::remove(file);
  expect(result, {kRefused, "rim.driver.signature"});
  EXPECT_NE(report(result).find("the signature does not verify"), std::string::npos) << report(result);
}

}  // namespace
}  // namespace strongroom::attest::testing
