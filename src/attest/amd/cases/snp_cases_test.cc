// SNP reports of a test PKI, each broken in one way, with the check that must refuse it.
#include <gtest/gtest.h>

#include "attest/testing/amd_world.h"
#include "attest/testing/cases.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::seconds;

struct Flavour {
  const char* name;
  uint32_t version;
  const char* product;
  bool vlek;
};
constexpr Flavour kFlavours[] = {{"v2_milan_vcek", 2, "Milan", false}, {"v2_milan_vlek", 2, "Milan", true},
                                 {"v3_genoa_vcek", 3, "Genoa", false}, {"v3_milan_vlek", 3, "Milan", true},
                                 {"v5_turin_vcek", 5, "Turin", false}, {"v5_genoa_vlek", 5, "Genoa", true}};

class SnpTable : public Cases<AmdSpec> {
 public:
  using Cases::Cases;
  void tamper(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &AmdSpec::change_report, std::move(change), std::move(wanted));
  }
};

void add_byte_cases(const Flavour& flavour, SnpTable& cases) {
  for (const ReportField& field : fields_of_snp_report())
    for (const size_t at : {field.offset, field.offset + field.size - 1})
      cases.tamper(std::string(field.name) + "_" + std::to_string(at),
                   [at](Bytes& report) { report[at] ^= 0x10; }, {kRefused, "report.signature"});
  // r and s, and what stands around them unsigned.
  for (const size_t at : {0x2a0, 0x2a0 + 47, 0x2a0 + 72, 0x2a0 + 72 + 47})
    cases.tamper("signature_" + std::to_string(at), [at](Bytes& report) { report[at] ^= 1; },
                 {kRefused, "report.signature"});
  for (const size_t at : {0x2a0 + 48, 0x2a0 + 71, 0x2a0 + 72 + 48, 0x2a0 + 143, 0x2a0 + 144, 0x49f})
    cases.tamper("signature_padding_" + std::to_string(at), [at](Bytes& report) { report[at] = 1; },
                 {kMalformed, "form"});
  for (const size_t at : {0x4c, 0x4f, 0x18b, 0x19f, 0x1eb, 0x1ef, 0x208, 0x29f})
    cases.tamper("reserved_" + std::to_string(at), [at](Bytes& report) { report[at] = 1; },
                 {kMalformed, "form"});
  cases.tamper("signature_big_endian",
               [](Bytes& report) {
                 std::reverse(report.begin() + 0x2a0, report.begin() + 0x2a0 + 48);
                 std::reverse(report.begin() + 0x2a0 + 72, report.begin() + 0x2a0 + 120);
               },
               {kRefused, "report.signature"});
  cases.tamper("signature_zero",
               [](Bytes& report) { std::fill(report.begin() + 0x2a0, report.end(), uint8_t{0}); },
               {kRefused, "report.signature"});
  for (const int version : {1, 4, 6, 15})
    cases.tamper("version_" + std::to_string(version),
                 [version](Bytes& report) { report[0] = static_cast<uint8_t>(version); },
                 {kMalformed, "form"});
  cases.tamper("signature_algorithm", [](Bytes& report) { report[0x34] = 2; }, {kMalformed, "form"});
  cases.tamper("reserved_policy_bit", [](Bytes& report) { report[0x0a] = 1; }, {kMalformed, "form"});
  cases.tamper("reserved_key_flags", [](Bytes& report) { report[0x48] |= 0x20; }, {kMalformed, "form"});
  cases.tamper("a_byte_short", [](Bytes& report) { report.pop_back(); }, {kMalformed, "form"});
  cases.tamper("a_byte_long", [](Bytes& report) { report.push_back(0); }, {kMalformed, "form"});
  cases.tamper("empty", [](Bytes& report) { report.clear(); }, {kMalformed, "form"});
  if (flavour.version == 2)
    cases.tamper("cpuid_in_version_2", [](Bytes& report) { report[0x188] = 0x19; }, {kMalformed, "form"});
  if (flavour.version < 5)
    cases.tamper("mitigations_before_version_5", [](Bytes& report) { report[0x1f8] = 1; },
                 {kMalformed, "form"});
}

void add_key_cases(const Flavour& flavour, SnpTable& cases) {
  const bool vlek = flavour.vlek;
  cases.add("signed_by_another_key", [](AmdSpec& s) { s.sign_with_other_key = true; },
            {kRefused, "report.signature"});
  cases.add("key_of_the_wrong_curve", [](AmdSpec& s) { s.key_kind = Key::Kind::kP256; },
            {kRefused, "report.signature"});
  cases.add("key_of_another_bootloader", [](AmdSpec& s) { ++s.bootloader; }, {kRefused, "key.tcb"});
  cases.add("key_of_another_tee", [](AmdSpec& s) { ++s.tee; }, {kRefused, "key.tcb"});
  cases.add("key_of_another_snp", [](AmdSpec& s) { --s.snp; }, {kRefused, "key.tcb"});
  cases.add("key_of_another_microcode", [](AmdSpec& s) { ++s.microcode; }, {kRefused, "key.tcb"});
  cases.add("key_of_another_fmc", [](AmdSpec& s) { s.fmc = 7; }, {kRefused, "key.tcb"});
  cases.add("level_larger_than_a_byte", [](AmdSpec& s) { s.snp = 256; }, {kRefused, "key.extensions"});
  for (const char* oid : {"2", "3.1", "3.2", "3.3", "3.8"})
    cases.add(std::string("extension_missing_") + oid, [oid](AmdSpec& s) { s.leave_out.push_back(oid); },
              {kRefused, "key.extensions"});
  cases.add("key_of_another_product", [](AmdSpec& s) { s.product_name = "Naples"; }, {kRefused, "key.chain"});
  cases.add("no_key",
            [](AmdSpec& s) {
              s.collateral = {"ask", "ark"};
            },
            {kUndetermined, "report.signature", Outcome::kMissing});
  cases.add("no_collateral", [](AmdSpec& s) { s.collateral = {}; },
            {kUndetermined, "report.signature", Outcome::kMissing});
  cases.add("the_other_kind_of_key_is_named", [vlek](AmdSpec& s) { s.report[0x48] = vlek ? 0 : 4; },
            {kRefused, "key.kind"});
  cases.add("no_key_is_named", [](AmdSpec& s) { s.report[0x48] = 7 << 2; }, {kRefused, "report.signature"});
  cases.add("a_reserved_key_is_named", [](AmdSpec& s) { s.report[0x48] = 3 << 2; },
            {kRefused, "report.signature"});
  if (vlek) {
    cases.add("vlek_of_a_chip", [](AmdSpec& s) { s.hardware_id_in_vlek = true; },
              {kRefused, "key.extensions"});
    cases.add("vlek_without_provider", [](AmdSpec& s) { s.leave_out.push_back("5"); },
              {kRefused, "key.extensions"});
    cases.add("vlek_of_the_authority_of_vceks", [](AmdSpec& s) { s.ask.common_name = "SEV-" + s.product; },
              {kRefused, "key.chain"});
    cases.add("chip_masked", [](AmdSpec& s) { std::fill_n(s.report.begin() + 0x1a0, 64, uint8_t{0}); },
              {kAccepted});
  } else {
    cases.add("key_of_another_chip", [](AmdSpec& s) { s.hardware_id.back() = 0; }, {kRefused, "key.chip"});
    cases.add("hardware_id_missing", [](AmdSpec& s) { s.leave_out.push_back("4"); },
              {kRefused, "key.extensions"});
    cases.add("hardware_id_of_another_length", [](AmdSpec& s) { s.hardware_id.pop_back(); },
              {kRefused, "key.extensions"});
    cases.add("hardware_id_in_octets", [](AmdSpec& s) { s.hardware_id = der(0x04, s.hardware_id); },
              {kAccepted});
    for (const size_t size : {0U, 7U, 63U, 65U, 300U})
      cases.add("hardware_id_in_octets_of_length_" + std::to_string(size),
                [size](AmdSpec& s) { s.hardware_id = der(0x04, Bytes(size, 0x1d)); },
                {kRefused, "key.extensions"});
    cases.add("authority_of_another_vendor", [](AmdSpec& s) { s.ask.common_name = "ABC-" + s.product; },
              {kRefused, "key.chain"});
    cases.add("key_signed_by_the_root",
              [](AmdSpec& s) {
                s.key_signed_by_root = true;
                s.ark.common_name = "SEV-" + s.product;
              },
              {kRefused, "key.chain"});
    // Every other name agrees: only the kind of the key does not.
    cases.add("vcek_of_a_whole_product_of_vleks",
              [](AmdSpec& s) {
                s.ask.common_name = "SEV-VLEK-" + s.product;
                s.ark.common_name = "ARK-VLEK-" + s.product;
                s.product_name = "VLEK-" + s.product;
              },
              {kRefused, "key.chain"});
    cases.add("vcek_of_the_authority_of_vleks",
              [](AmdSpec& s) { s.ask.common_name = "SEV-VLEK-" + s.product; }, {kRefused, "key.chain"});
    cases.add("chip_masked", [](AmdSpec& s) { std::fill_n(s.report.begin() + 0x1a0, 64, uint8_t{0}); },
              {kAccepted, "key.chip", Outcome::kNotApplicable});
  }
  if (flavour.version >= 3)
    cases.add("processor_of_another_product",
              [&flavour](AmdSpec& s) {
                s.report[0x189] = flavour.product == std::string("Milan")   ? 0x11
                                  : flavour.product == std::string("Genoa") ? 0x01
                                                                            : 0x7f;
              },
              {kRefused, "key.chain"});
}

void add_chain_cases(SnpTable& cases) {
  cases.add("root_not_trusted", [](AmdSpec& s) { s.trust_root = false; }, {kRefused, "key.chain"});
  cases.add("key_signed_by_another", [](AmdSpec& s) { s.key_signed_by_other = true; },
            {kRefused, "key.chain"});
  cases.add("authority_signed_by_another", [](AmdSpec& s) { s.ask_signed_by_other = true; },
            {kRefused, "key.chain"});
  cases.add("no_authority",
            [](AmdSpec& s) {
              s.collateral = {"key", "ark"};
            },
            {kUndetermined, "key.chain", Outcome::kMissing});
  cases.add("no_root",
            [](AmdSpec& s) {
              s.collateral = {"key", "ask"};
            },
            {kUndetermined, "key.chain", Outcome::kMissing});
  cases.add("collateral_in_another_order",
            [](AmdSpec& s) {
              s.collateral = {"ark", "ask", "key"};
            },
            {kAccepted});
  cases.add("certificates_in_the_table",
            [](AmdSpec& s) {
              s.collateral = {};
              s.table = {"ark", "key", "ask"};
            },
            {kAccepted});
  const auto table = [&](const char* name, std::function<void(Bytes&)> change, Expectation wanted) {
    cases.add(
        name,
        [change](AmdSpec& s) {
          s.collateral = {};
          s.table = {"ark", "key", "ask"};
          s.change_table = change;
        },
        std::move(wanted));
  };
  const Expectation malformed = {kMalformed, "form"};
  table(
      "table_cut_off", [](Bytes& t) { t.pop_back(); }, malformed);
  table(
      "table_without_end", [](Bytes& t) { t.resize(72); }, malformed);
  table(
      "table_with_a_huge_offset", [](Bytes& t) { t[19] = 0xff; }, malformed);
  table(
      "table_with_a_huge_length", [](Bytes& t) { t[23] = 0xff; }, malformed);
  table(
      "table_with_a_length_one_less", [](Bytes& t) { --t[20]; }, malformed);
  table("table_with_an_unknown_entry", [](Bytes& t) { t[0] ^= 1; },
        {kUndetermined, "key.chain", Outcome::kMissing});
  cases.add(
      "table_of_65_entries", [](AmdSpec& s) { s.table = std::vector<std::string>(65, "ark"); }, malformed);
  cases.add("signed_with_pkcs1", [](AmdSpec& s) { s.pss = false; }, {kAccepted});
  cases.add("key_expired", [](AmdSpec& s) { s.key.until = s.now - seconds(1); }, {kRefused, "key.validity"});
  cases.add("key_not_yet_valid", [](AmdSpec& s) { s.key.from = s.now + seconds(1); },
            {kRefused, "key.validity"});
  cases.add("authority_expired", [](AmdSpec& s) { s.ask.until = s.now - seconds(1); },
            {kRefused, "key.validity"});
  cases.add("root_not_yet_valid", [](AmdSpec& s) { s.ark.from = s.now + seconds(1); },
            {kRefused, "key.validity"});
  cases.add("authority_is_none", [](AmdSpec& s) { s.ask.authority = false; }, {kRefused, "key.chain"});
  cases.add("authority_may_not_sign", [](AmdSpec& s) { s.ask.key_usage = "critical,cRLSign"; },
            {kRefused, "key.chain"});
  cases.add("root_of_another_product", [](AmdSpec& s) { s.ark.common_name = "ARK-Naples"; },
            {kRefused, "key.chain"});
  cases.add("authority_of_another_product", [](AmdSpec& s) { s.ask.common_name += "X"; },
            {kRefused, "key.chain"});
  cases.add("no_lists_is_a_warning", [](AmdSpec&) {}, {kAccepted, "key.revocation", Outcome::kWarning});
  cases.add("lists_that_revoke_nothing",
            [](AmdSpec& s) {
              s.collateral.push_back("ask_crl");
              s.collateral.push_back("ark_crl");
            },
            {kAccepted, "key.revocation", Outcome::kPassed});
  cases.add("authority_revoked",
            [](AmdSpec& s) {
              s.collateral.push_back("ark_crl");
              s.ark_revokes = {2};
            },
            {kRefused, "key.revocation"});
  cases.add("key_revoked",
            [](AmdSpec& s) {
              s.collateral.push_back("ask_crl");
              s.ask_revokes = {3};
            },
            {kRefused, "key.revocation"});
  cases.add("debug", [](AmdSpec& s) { s.report[0x0a] = 0x0a | 1 << 1; }, {kRefused, "debug"});
  cases.add("migration_is_a_warning", [](AmdSpec& s) { s.report[0x0a] = 0x07; },
            {kAccepted, "migration", Outcome::kWarning});
  cases.add("nonce_bound", [](AmdSpec& s) { s.nonce = Bytes(32, 0x77); },
            {kAccepted, "nonce", Outcome::kPassed});
  cases.add("nonce_of_another", [](AmdSpec& s) { s.nonce = Bytes(16, 0x70); }, {kRefused, "nonce"});
}

class SnpCases : public ::testing::TestWithParam<Flavour> {};

TEST_P(SnpCases, EachComesToItsVerdictByItsCheck) {
  const Flavour& flavour = GetParam();
  SnpTable cases(good_amd(flavour.version, flavour.product, flavour.vlek));
  cases.add("good", [](AmdSpec&) {}, {kAccepted});
  add_byte_cases(flavour, cases);
  add_key_cases(flavour, cases);
  add_chain_cases(cases);
  cases.run();
}

INSTANTIATE_TEST_SUITE_P(Amd, SnpCases, ::testing::ValuesIn(kFlavours),
                         [](const auto& info) { return info.param.name; });

TEST(SnpClaims, TurinsTcbStandsInOtherBytes) {
  const auto built = build(good_amd(5, "Turin", false));
  const auto vendor = decode(built->evidence).claims.vendor;
  EXPECT_EQ(std::get<uint64_t>(vendor.at("snp.reported_tcb.fmc")), 1U);
  EXPECT_EQ(std::get<uint64_t>(vendor.at("snp.reported_tcb.bootloader")), 3U);
  EXPECT_EQ(std::get<uint64_t>(vendor.at("snp.reported_tcb.snp")), 8U);
  EXPECT_EQ(std::get<uint64_t>(vendor.at("snp.reported_tcb.microcode")), 115U);
}

}  // namespace
}  // namespace strongroom::attest::testing
