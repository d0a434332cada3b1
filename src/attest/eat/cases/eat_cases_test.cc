// Tokens of a keeper of our own, each broken in one way, with the check that must refuse it.
#include <gtest/gtest.h>

#include "attest/structure/structure.h"
#include "attest/testing/cases.h"
#include "attest/testing/keeper_world.h"
#include "base/encoding.h"
#include "strongroom/attestation_result.h"

namespace strongroom::attest::testing {
namespace {

using Claims = std::vector<std::pair<int64_t, Bytes>>;

class KeeperTable : public Cases<KeeperSpec> {
 public:
  using Cases::Cases;
  void claims(std::string name, std::function<void(Claims&)> change,
              Expectation wanted = {kMalformed, "form"}) {
    set(std::move(name), &KeeperSpec::change_claims, std::move(change), std::move(wanted));
  }
  void report(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &KeeperSpec::change_report, std::move(change), std::move(wanted));
  }
  void document(std::string name, std::function<void(Bytes&)> change,
                Expectation wanted = {kMalformed, "form"}) {
    set(std::move(name), &KeeperSpec::change_document, std::move(change), std::move(wanted));
  }
};

Bytes& value(Claims& claims, int64_t key) {
  return std::find_if(claims.begin(), claims.end(), [&](const auto& claim) { return claim.first == key; })
      ->second;
}

void add_claim_cases(KeeperTable& cases) {
  for (const int64_t key : {6, 10, 263, -70001, -70002, -70003, -70004, -70005}) {
    const std::string name = "_" + std::to_string(key);
    cases.claims("without" + name, [key](Claims& c) {
      std::erase_if(c, [&](const auto& claim) { return claim.first == key; });
    });
    cases.claims("twice" + name, [key](Claims& c) { c.emplace_back(key, value(c, key)); });
    cases.claims("null" + name, [key](Claims& c) { value(c, key) = {0xf6}; });
    cases.claims("tagged" + name, [key](Claims& c) { value(c, key) = concat({Bytes{0xc1}, value(c, key)}); });
    cases.claims("list" + name, [key](Claims& c) { value(c, key) = concat({Bytes{0x81}, value(c, key)}); });
  }
  cases.claims("another_profile",
               [](Claims& c) { value(c, 265) = cbor_text_item("tag:strongroom,2026:enclave-evidence/2"); });
  cases.claims("unknown_claim", [](Claims& c) { c.emplace_back(-70007, cbor_number(1)); });
  cases.claims("unknown_claim_of_text", [](Claims& c) { c.insert(c.begin(), {266, Bytes{0xa0}}); });
  cases.claims("claims_in_another_order", [](Claims& c) { std::swap(c[0], c[1]); });
  cases.claims("nonce_of_7_bytes", [](Claims& c) { value(c, 10) = cbor_bytes_item(Bytes(7)); });
  cases.claims("nonce_of_65_bytes", [](Claims& c) { value(c, 10) = cbor_bytes_item(Bytes(65)); });
  cases.claims("nonce_of_text", [](Claims& c) { value(c, 10) = cbor_text_item("sixteen letters."); });
  cases.claims("user_data_of_1025_bytes", [](Claims& c) { value(c, -70002) = cbor_bytes_item(Bytes(1025)); });
  cases.claims("report_of_383_bytes", [](Claims& c) { value(c, -70001) = cbor_bytes_item(Bytes(383)); });
  cases.claims("report_of_432_bytes", [](Claims& c) { value(c, -70001) = cbor_bytes_item(Bytes(432)); });
  cases.claims("key_of_65_bytes", [](Claims& c) { value(c, -70004) = cbor_bytes_item(Bytes(65, 4)); });
  cases.claims("key_not_on_the_curve", [](Claims& c) { value(c, -70004) = cbor_bytes_item(Bytes(64, 1)); });
  cases.claims("time_negative", [](Claims& c) { value(c, 6) = cbor_number(-1); });
  cases.claims("time_as_a_float", [](Claims& c) { value(c, 6) = Bytes{0xfb, 0x41, 0, 0, 0, 0, 0, 0, 0}; });
  cases.claims("debug_status_that_contradicts_the_report", [](Claims& c) { value(c, 263) = cbor_number(0); });
  cases.claims("debug_status_of_another_value", [](Claims& c) { value(c, 263) = cbor_number(4); });
  for (const char* tee : {"sgx", "tdx", "Process", "process ", ""})
    cases.claims(std::string("tee_") + tee, [tee](Claims& c) { value(c, -70003) = cbor_text_item(tee); });
  for (const char* root : {"", "sgx", "Unrooted", "intel-sgx-root", "tpm"})
    cases.claims(std::string("root_") + root, [root](Claims& c) { value(c, -70005) = cbor_text_item(root); });
  cases.claims("root_evidence_without_a_root",
               [](Claims& c) { c.emplace_back(-70006, cbor_bytes_item(Bytes(4))); });
  cases.claims("length_not_shortest", [](Claims& c) {
    value(c, 10) = concat({Bytes{0x59, 0, 16}, Bytes(16, 0x77)});
  });
  cases.claims("nonce_in_chunks", [](Claims& c) {
    value(c, 10) = concat({Bytes{0x5f, 0x50}, Bytes(16, 0x77), Bytes{0xff}});
  });
  cases.add("indefinite_map", [](KeeperSpec& s) { s.indefinite = true; }, {kMalformed, "form"});
}

void add_envelope_cases(KeeperTable& cases) {
  cases.add("untagged", [](KeeperSpec& s) { s.tag = false; }, {kMalformed, "form"});
  cases.add("unprotected_header",
            [](KeeperSpec& s) {
              s.unprotected = {0xa1, 0x04, 0x41, 0x01};
            },
            {kMalformed, "form"});
  cases.add("unprotected_algorithm",
            [](KeeperSpec& s) {
              s.unprotected = {0xa1, 0x01, 0x26};
            },
            {kMalformed, "form"});
  cases.document("byte_after_it", [](Bytes& d) { d.push_back(0); });
  cases.document("two_of_them", [](Bytes& d) { d = concat({d, d}); });
  cases.document("another_tag", [](Bytes& d) { d[0] = 0xd1; });
  cases.document("twice_tagged", [](Bytes& d) { d = concat({Bytes{0xd2}, d}); });
  cases.document("length_huge", [](Bytes& d) { d = concat({Bytes{0xd2, 0x84, 0x5b}, Bytes(8, 0xff), d}); });
  cases.document("empty", [](Bytes& d) { d.clear(); });
  cases.document("array_of_five", [](Bytes& d) {
    d[1] = 0x85;
    d.push_back(0xf6);
  });
  cases.document("signature_too_long",
                 [](Bytes& d) {
                   d[d.size() - 65] = 65;
                   d.push_back(0);
                 },
                 {kRefused, "token.signature"});
  cases.add("payload_after_signing",
            [](KeeperSpec& s) { s.change_document = [](Bytes& d) { d[d.size() - 70] ^= 1; }; }, {kMalformed});
}

// The algorithm is the verifier's choice, never the message's.
void add_signature_cases(KeeperTable& cases) {
  for (const int64_t algorithm : {-35, -36, -8, -37, -257, 5, 0, 4})
    cases.add("algorithm_" + std::to_string(algorithm),
              [algorithm](KeeperSpec& s) { s.algorithm = algorithm; }, {kRefused, "token.signature"});
  cases.add("es384_of_a_p384_key",
            [](KeeperSpec& s) {
              s.algorithm = -35;
              s.signing_key = Key::Kind::kP384;
            },
            {kRefused, "token.signature"});
  cases.add("signed_by_another_key", [](KeeperSpec& s) { s.sign_with_other_key = true; },
            {kRefused, "token.signature"});
  cases.add("names_another_key", [](KeeperSpec& s) { s.claim_other_key = true; },
            {kRefused, "token.signature"});
  cases.document("signature_zero", [](Bytes& d) { std::fill(d.end() - 64, d.end(), uint8_t{0}); },
                 {kRefused, "token.signature"});
  cases.document("signature_halves_swapped",
                 [](Bytes& d) { std::rotate(d.end() - 64, d.end() - 32, d.end()); },
                 {kRefused, "token.signature"});
}

void add_report_cases(KeeperTable& cases) {
  cases.report("report_data_of_another_exchange", [](Bytes& r) { r[320] ^= 1; },
               {kRefused, "report.binding"});
  cases.report("report_data_zero", [](Bytes& r) { std::fill(r.begin() + 320, r.end(), uint8_t{0}); },
               {kRefused, "report.binding"});
  cases.claims("user_data_exchanged", [](Claims& c) { value(c, -70002) = cbor_bytes_item(Bytes(32, 0x56)); },
               {kRefused, "report.binding"});
  // The border between nonce and user data does not move.
  cases.claims("a_byte_of_the_user_data_in_the_nonce",
               [](Claims& c) {
                 value(c, 10) = cbor_bytes_item(concat({Bytes(16, 0x77), Bytes{0x55}}));
                 value(c, -70002) = cbor_bytes_item(Bytes(31, 0x55));
               },
               {kRefused, "report.binding"});
  for (const size_t offset : {21U, 31U, 96U, 160U, 262U, 303U})
    cases.report("reserved_byte_" + std::to_string(offset), [offset](Bytes& r) { r[offset] = 1; },
                 {kMalformed, "form"});
  cases.add("not_initialised", [](KeeperSpec& s) { s.flags = 4; }, {kRefused, "attributes.init"});
  cases.add("debug", [](KeeperSpec& s) { s.flags |= 2; }, {kRefused, "debug"});
  cases.add("debug_of_the_report_alone",
            [](KeeperSpec& s) { s.change_report = [](Bytes& r) { r[48] |= 2; }; }, {kMalformed, "form"});
  cases.add("replayed_nonce", [](KeeperSpec& s) { s.nonce = Bytes(16, 0x78); }, {kRefused, "nonce"});
  cases.add("nonce_prefix_is_not_enough", [](KeeperSpec& s) { s.nonce = Bytes(8, 0x77); },
            {kRefused, "nonce"});
}

void add_trust_cases(KeeperTable& cases) {
  cases.add("unrooted_without_a_policy", [](KeeperSpec& s) { s.policy.clear(); }, {kRefused, "unrooted"});
  cases.add("unrooted_where_the_policy_does_not_say_so",
            [](KeeperSpec& s) {
              s.policy = "version = 1\n[[allow]]\ntee = [\"process\"]\ninsecure_any_code = true\n";
            },
            {kRefused, "unrooted"});
  cases.add("key_given_by_the_caller",
            [](KeeperSpec& s) {
              s.policy.clear();
              s.give_key = true;
            },
            {kAccepted, "key.trust", Outcome::kPassed});
  cases.add("key_given_that_did_not_sign",
            [](KeeperSpec& s) {
              s.policy.clear();
              s.give_key = true;
              s.claim_other_key = s.sign_with_other_key = true;
            },
            {kRefused, "unrooted"});
  cases.add("key_as_a_root_of_the_caller",
            [](KeeperSpec& s) {
              s.policy.clear();
              s.trust_key = true;
            },
            {kAccepted, "key.trust", Outcome::kPassed});
  cases.add("another_key_as_a_root_of_the_caller",
            [](KeeperSpec& s) {
              s.policy.clear();
              s.trust_other_key = true;
            },
            {kRefused, "unrooted"});
  const auto policy = [](std::string more) {
    return [more](KeeperSpec& s) {
      s.policy = "version = 1\n[[allow]]\ntee = [\"process\"]\ninsecure_unrooted = true\n" + more;
    };
  };
  const std::string mine = "measurement = [\"" + to_hex(Bytes(32, 0x11)) + "\"]\n";
  cases.add("policy_of_this_code", policy(mine), {kAccepted});
  cases.add("policy_of_other_code", policy("measurement = [\"" + to_hex(Bytes(32, 0x13)) + "\"]\n"),
            {kRefused, "policy.measurement"});
  cases.add("policy_of_this_signer",
            policy("signer = [\"" + to_hex(Bytes(32, 0x12)) + "\"]\nproduct_id = [7]\n"), {kAccepted});
  cases.add("policy_of_a_later_version", policy(mine + "minimum_svn = 4\n"), {kRefused, "policy.svn"});
  cases.add("policy_of_other_user_data", policy(mine + "report_data = [\"" + to_hex(Bytes(32, 1)) + "\"]\n"),
            {kRefused, "policy.report_data"});
  cases.add("policy_of_a_later_platform", policy(mine + "[allow.minimum]\n\"keeper.tcb_version\" = 2\n"),
            {kRefused, "policy.keeper.tcb_version"});
  cases.add("policy_of_vm", [](KeeperSpec& s) { s.tee = "vm"; }, {kRefused, "policy.tee"});
}

TEST(EatCases, WithoutARootEachComesToItsVerdictByItsCheck) {
  KeeperTable cases(good_keeper());
  cases.add("good", [](KeeperSpec&) {}, {kAccepted});
  add_claim_cases(cases);
  add_envelope_cases(cases);
  add_signature_cases(cases);
  add_report_cases(cases);
  add_trust_cases(cases);
  cases.run();
}

TEST(EatCases, WithATpmAsRootEachComesToItsVerdictByItsCheck) {
  KeeperTable cases(good_rooted_keeper("tpm"));
  const auto tpm = [&](std::string name, std::function<void(TpmSpec&)> change, Expectation wanted) {
    cases.add(
        std::move(name), [change](KeeperSpec& s) { s.change_tpm = change; }, std::move(wanted));
  };
  cases.add("good", [](KeeperSpec&) {}, {kAccepted, "root.binding", Outcome::kPassed});
  cases.add("binds_another_key",
            [](KeeperSpec& s) {
              s.claim_other_key = s.sign_with_other_key = true;
              s.root_data = Bytes(32, 9);
            },
            {kRefused, "root.binding"});
  cases.add("quote_of_an_earlier_nonce",
            [](KeeperSpec& s) {
              s.nonce_claim = s.nonce.emplace(16, 0x78);
              s.root_data = Bytes(32, 9);
            },
            {kRefused, "root.binding"});
  cases.add("quote_of_no_data", [](KeeperSpec& s) { s.root_data.emplace(); }, {kRefused, "root.binding"});
  cases.add("quote_with_more_data",
            [](KeeperSpec& s) { s.change_tpm = [](TpmSpec& t) { t.extra_data.push_back(1); }; },
            {kRefused, "root.binding"});
  cases.add("token_and_quote_of_different_keys", [](KeeperSpec& s) { s.sign_with_other_key = true; },
            {kRefused, "token.signature"});
  cases.add("nobody_vouches_for_the_tpm", [](KeeperSpec& s) { s.trust_root = false; }, {kRefused});
  tpm("tpm_key_without_a_certificate", [](TpmSpec& t) { t.send_certificate = false; }, {kUndetermined});
  cases.claims("root_of_another_kind", [](Claims& c) { value(c, -70005) = cbor_text_item("sev-snp"); },
               {kRefused, "root.tee"});
  cases.claims("unrooted_with_a_quote", [](Claims& c) { value(c, -70005) = cbor_text_item("unrooted"); });
  cases.claims("root_evidence_left_out", [](Claims& c) { c.pop_back(); });
  cases.claims("root_evidence_empty", [](Claims& c) { c.back().second = cbor_bytes_item({}); });
  cases.claims("root_evidence_too_long", [](Claims& c) { c.back().second = cbor_bytes_item(Bytes(24577)); });
  cases.claims("root_evidence_is_none", [](Claims& c) { c.back().second = cbor_text_item("x"); });
  cases.claims("root_evidence_is_noise", [](Claims& c) { c.back().second = cbor_bytes_item(Bytes(99, 7)); });
  // A token as the root of a token would make its own root.
  const Bytes token = build(good_keeper())->evidence;
  cases.claims("root_evidence_is_a_token", [token](Claims& c) { c.back().second = cbor_bytes_item(token); });
  const Bytes nitro = build(good_nitro())->evidence;
  cases.claims("root_evidence_of_a_kind_that_is_no_root",
               [nitro](Claims& c) { c.back().second = cbor_bytes_item(nitro); });
  tpm("quote_changed", [](TpmSpec& t) { t.change_message = [](Bytes& m) { m[60] ^= 1; }; }, {kRefused});
  tpm("quote_of_another_attestation_key", [](TpmSpec& t) { t.sign_with_other_key = true; }, {kRefused});
  tpm("tpm_key_not_restricted", [](TpmSpec& t) { t.attributes = 0x00040072; }, {kRefused});
  tpm("tpm_key_expired", [](TpmSpec& t) { t.key.until = t.now - std::chrono::hours(1); }, {kRefused});
  tpm("pcr_sent_differs",
      [](TpmSpec& t) { t.change_pcrs_sent = [](tpm::PcrBanks& b) { b[tpm::kAlgSha256][7][0] ^= 1; }; },
      {kRefused});
  cases.add("debug", [](KeeperSpec& s) { s.flags |= 2; }, {kRefused, "debug"});
  cases.run();
}

// What binds a report's data to the key, whatever hardware the report is of; `snp` or `td` changes the
// report.
template <typename Spec, typename Change>
void add_binding_cases(KeeperTable& cases, std::function<void(Spec&)> KeeperSpec::*hook, size_t report_data,
                       Change sign_with_other_key) {
  cases.add("good", [](KeeperSpec&) {}, {kAccepted, "root.binding", Outcome::kPassed});
  cases.add("binds_another_key",
            [](KeeperSpec& s) {
              s.claim_other_key = s.sign_with_other_key = true;
              s.root_data = Bytes(32, 9);
            },
            {kRefused, "root.binding"});
  cases.add("report_of_an_earlier_nonce",
            [](KeeperSpec& s) {
              s.nonce_claim = s.nonce.emplace(16, 0x78);
              s.root_data = Bytes(32, 9);
            },
            {kRefused, "root.binding"});
  cases.add("report_of_no_data", [](KeeperSpec& s) { s.root_data.emplace(); }, {kRefused, "root.binding"});
  cases.add("report_with_more_data",
            [=](KeeperSpec& s) { s.*hook = [=](Spec& r) { r.report[report_data + 63] = 1; }; },
            {kRefused, "root.binding"});
  cases.add("report_with_another_bit",
            [=](KeeperSpec& s) { s.*hook = [=](Spec& r) { r.report[report_data + 31] ^= 1; }; },
            {kRefused, "root.binding"});
  cases.add("report_signed_by_another_key", [=](KeeperSpec& s) { s.*hook = sign_with_other_key; },
            {kRefused});
  cases.add("nobody_vouches_for_the_root", [](KeeperSpec& s) { s.trust_root = false; }, {kRefused});
  cases.add("no_collateral", [=](KeeperSpec& s) { s.*hook = [](Spec& r) { r.collateral.clear(); }; },
            {kUndetermined});
  cases.add("token_and_report_of_different_keys", [](KeeperSpec& s) { s.sign_with_other_key = true; },
            {kRefused, "token.signature"});
  cases.add("nonce_of_the_token_is_what_counts", [](KeeperSpec& s) { s.nonce = Bytes(16, 0x78); },
            {kRefused, "nonce"});
  cases.add("debug_of_the_enclave", [](KeeperSpec& s) { s.flags |= 2; }, {kRefused, "debug"});
  cases.claims("root_of_another_kind", [](Claims& c) { value(c, -70005) = cbor_text_item("tpm"); },
               {kRefused, "root.tee"});
  cases.claims("root_evidence_is_noise", [](Claims& c) {
    c.back().second = cbor_bytes_item(concat({Bytes(10, 7), Bytes(5000, 1)}));
  });
}

TEST(EatCases, WithSevSnpAsRootEachComesToItsVerdictByItsCheck) {
  KeeperTable cases(good_rooted_keeper("sev-snp"));
  const auto snp = [&](std::string name, std::function<void(AmdSpec&)> change, Expectation wanted) {
    cases.set(std::move(name), &KeeperSpec::change_snp, std::move(change), std::move(wanted));
  };
  add_binding_cases(cases, &KeeperSpec::change_snp, 0x50,
                    std::function<void(AmdSpec&)>([](AmdSpec& a) { a.sign_with_other_key = true; }));
  snp("debug_of_the_vm", [](AmdSpec& a) { a.report[0x0a] |= 8; }, {kRefused});
  snp("key_expired", [](AmdSpec& a) { a.key.until = a.now - std::chrono::hours(1); }, {kRefused});
  snp("key_not_yet_valid", [](AmdSpec& a) { a.key.from = a.now + std::chrono::hours(1); }, {kRefused});
  snp("key_of_another_tcb", [](AmdSpec& a) { ++a.microcode; }, {kRefused});
  snp("key_of_another_chip", [](AmdSpec& a) { a.hardware_id.back() = 0; }, {kRefused});
  snp("report_cut_off", [](AmdSpec& a) { a.change_report = [](Bytes& r) { r.pop_back(); }; }, {kMalformed});
  snp("certificates_in_its_table",
      [](AmdSpec& a) {
        a.collateral = {};
        a.table = {"key", "ask", "ark"};
      },
      {kAccepted});
  cases.run();
}

TEST(EatCases, WithTdxAsRootEachComesToItsVerdictByItsCheck) {
  KeeperTable cases(good_rooted_keeper("tdx"));
  const auto td = [&](std::string name, std::function<void(IntelSpec&)> change, Expectation wanted) {
    cases.set(std::move(name), &KeeperSpec::change_td, std::move(change), std::move(wanted));
  };
  add_binding_cases(cases, &KeeperSpec::change_td, 520, std::function<void(IntelSpec&)>([](IntelSpec& i) {
                      i.sign_quote_with_other_key = true;
                    }));
  td("debug_of_the_td", [](IntelSpec& i) { i.report[120] |= 1; }, {kRefused});
  td("pck_expired", [](IntelSpec& i) { i.pck.until = i.now - std::chrono::hours(1); }, {kRefused});
  td("pck_not_yet_valid", [](IntelSpec& i) { i.pck.from = i.now + std::chrono::hours(1); }, {kRefused});
  td("pck_revoked", [](IntelSpec& i) { i.platform_revokes = {3}; }, {kRefused});
  td("platform_out_of_date", [](IntelSpec& i) { i.components.assign(16, 2); }, {kRefused});
  td("module_of_another_signer", [](IntelSpec& i) { i.report[64] = 1; }, {kRefused});
  td("quote_cut_off", [](IntelSpec& i) { i.change_quote = [](Bytes& q) { q.pop_back(); }; }, {kMalformed});
  // An enclave's quote is no root: what it says of its platform is about an enclave.
  const Bytes enclave = build(good_intel(3, false, false))->evidence;
  cases.claims("root_evidence_of_an_enclave",
               [enclave](Claims& c) { c.back().second = cbor_bytes_item(enclave); }, {kRefused, "root.tee"});
  cases.run();
}

TEST(EatCases, TheRootsStatusAndClaimsCountForTheToken) {
  KeeperSpec spec = good_rooted_keeper("tdx");
  spec.change_td = [](IntelSpec& i) { i.components.assign(16, 4); };
  const auto behind = build(spec);
  const VerificationResult result = verify(behind->evidence, behind->options);
  EXPECT_EQ(result.tcb_status, "SWHardeningNeeded");
  EXPECT_EQ(result.advisories, std::vector<std::string>{"INTEL-SA-1"});
  EXPECT_EQ(result.claims.tee, "process");
  EXPECT_TRUE(result.claims.vendor.contains("tdx.rtmr0"));
  ASSERT_EQ(result.layers.size(), 1U);
  EXPECT_EQ(result.layers[0].format, "tdx-quote-v4");
}

TEST(EatCases, APolicyMayDemandThePcrsOfTheRoot) {
  KeeperSpec spec = good_rooted_keeper("tpm");
  const auto plain = build(spec);
  const VerificationResult result = verify(plain->evidence, plain->options);
  ASSERT_EQ(result.layers.size(), 1U);
  EXPECT_EQ(result.layers[0].format, "tpm-evidence");
  EXPECT_EQ(result.claims.root, "extra:tpm");
  const auto pcr7 = std::get<Bytes>(result.claims.vendor.at("tpm.pcr7"));
  for (const bool right : {true, false}) {
    spec.policy = "version = 1\n[[root]]\nname = \"tpm\"\nkey_sha256 = \"" +
                  to_hex(plain->options.extra_roots.front().key_fingerprint) +
                  "\"\n[[allow]]\ntee = [\"process\"]\nroots = [\"tpm\"]\ninsecure_any_code = true\n"
                  "[allow.claims]\n\"tpm.pcr7\" = [\"" +
                  to_hex(right ? pcr7 : Bytes(32, 1)) + "\"]\n";
    spec.trust_root = false;
    const auto built = build(spec);
    expect(verify(built->evidence, built->options),
           right ? Expectation(kAccepted) : Expectation(kRefused, "policy.tpm.pcr7"));
  }
}

// Every bit of a token is either signed or has one possible value.
TEST(EatCases, NoBitMayChange) {
  for (const KeeperSpec& spec :
       {good_keeper(), good_rooted_keeper("tpm"), good_rooted_keeper("sev-snp"), good_rooted_keeper("tdx")}) {
    const auto built = build(spec);
    for (size_t bit = 0; bit < 8 * built->evidence.size(); bit += spec.root == "unrooted" ? 1 : 401) {
      built->evidence[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
      EXPECT_NE(verify(built->evidence, built->options).verdict, kAccepted) << bit;
      built->evidence[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    }
    EXPECT_EQ(verify(built->evidence, built->options).verdict, kAccepted);
  }
}

TEST(EatCases, NothingMayBeCutOff) {
  const auto built = build(good_keeper());
  for (size_t size = 0; size < built->evidence.size(); ++size)
    EXPECT_EQ(verify(ByteView(built->evidence).first(size), built->options).verdict, kMalformed) << size;
}

TEST(EatCases, StructureNamesClaimsAndTheReportsFields) {
  const Bytes token = build(good_rooted_keeper("tpm"))->evidence;
  const std::vector<Field> fields = structure_of(token);
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].name, "COSE_Sign1");
  const Field& payload = fields[0].children.at(0).children.at(2);
  EXPECT_EQ(payload.name, "payload");
  const std::vector<Field>& claims = payload.children.at(0).children;
  const auto claim = [&](std::string_view name) {
    const auto found =
        std::find_if(claims.begin(), claims.end(), [&](const Field& f) { return f.name == name; });
    return found == claims.end() ? Field{} : *found;
  };
  EXPECT_EQ(claim("eat_profile").text, "tag:strongroom,2026:enclave-evidence/1");
  EXPECT_EQ(claim("root").text, "tpm");
  EXPECT_FALSE(claim("evidence of the root").children.empty());
  const Field mrenclave = claim("report body").children.at(5);
  EXPECT_EQ(mrenclave.name, "MRENCLAVE");
  EXPECT_EQ(to_bytes(ByteView(token).subspan(mrenclave.offset, mrenclave.size)), Bytes(32, 0x11));
}

TEST(EatCases, AR4SIVectorTellsUnrootedFromForged) {
  KeeperSpec spec = good_keeper();
  spec.policy.clear();
  const auto unrooted = build(spec);
  const TrustVector vector = trust_vector(verify(unrooted->evidence, unrooted->options));
  EXPECT_EQ(vector.hardware, 97);
  EXPECT_NE(vector.configuration, 99);
  spec.sign_with_other_key = true;
  const auto forged = build(spec);
  EXPECT_EQ(trust_vector(verify(forged->evidence, forged->options)).hardware, 99);
}

}  // namespace
}  // namespace strongroom::attest::testing
