// Nitro documents of a test PKI, each broken in one way, with the check that must refuse it.
#include <gtest/gtest.h>

#include <algorithm>

#include "attest/testing/cases.h"
#include "attest/testing/nitro_world.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::seconds;
using Members = std::vector<std::pair<std::string, Bytes>>;

class NitroTable : public Cases<NitroSpec> {
 public:
  using Cases::Cases;
  void members(std::string name, std::function<void(Members&)> change,
               Expectation wanted = {kMalformed, "form"}) {
    set(std::move(name), &NitroSpec::change_members, std::move(change), std::move(wanted));
  }
  void document(std::string name, std::function<void(Bytes&)> change,
                Expectation wanted = {kMalformed, "form"}) {
    set(std::move(name), &NitroSpec::change_document, std::move(change), std::move(wanted));
  }
};

Bytes& value(Members& members, std::string_view key) {
  return std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.first == key; })
      ->second;
}

void add_form_cases(NitroTable& cases) {
  for (const char* key : {"module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"}) {
    cases.members(std::string("without_") + key, [key](Members& m) {
      std::erase_if(m, [&](const auto& member) { return member.first == key; });
    });
    cases.members(std::string("null_") + key, [key](Members& m) { value(m, key) = {0xf6}; });
    cases.members(std::string("twice_") + key, [key](Members& m) { m.emplace_back(key, value(m, key)); });
  }
  for (const char* key : {"public_key", "user_data", "nonce"}) {
    cases.members(
        std::string("without_") + key,
        [key](Members& m) { std::erase_if(m, [&](const auto& member) { return member.first == key; }); },
        {kAccepted});
    cases.members(std::string("text_") + key, [key](Members& m) { value(m, key) = cbor_text_item("x"); });
    cases.members(std::string("too_long_") + key,
                  [key](Members& m) { value(m, key) = cbor_bytes_item(Bytes(1025)); });
    cases.members(std::string("longest_") + key,
                  [key](Members& m) { value(m, key) = cbor_bytes_item(Bytes(1024)); }, {kAccepted});
  }
  cases.members("unknown_member_is_passed_over", [](Members& m) { m.emplace_back("more", Bytes{0x01}); },
                {kAccepted});
  cases.add("digest_of_another_name", [](NitroSpec& s) { s.digest = "SHA256"; }, {kMalformed, "form"});
  cases.add("empty_module_id", [](NitroSpec& s) { s.module_id.clear(); }, {kMalformed, "form"});
  cases.add("timestamp_zero", [](NitroSpec& s) { s.timestamp = 0; }, {kMalformed, "form"});
  cases.add("pcr_too_short", [](NitroSpec& s) { s.pcrs[3] = Bytes(32); }, {kMalformed, "form"});
  cases.add("pcr_too_long", [](NitroSpec& s) { s.pcrs[3] = Bytes(64); }, {kMalformed, "form"});
  cases.add("pcr_empty", [](NitroSpec& s) { s.pcrs[3] = {}; }, {kMalformed, "form"});
  cases.add("pcr_index_32", [](NitroSpec& s) { s.pcrs[32] = Bytes(48); }, {kMalformed, "form"});
  cases.add("pcr_index_31", [](NitroSpec& s) { s.pcrs[31] = Bytes(48, 1); }, {kAccepted});
  cases.add("no_pcrs", [](NitroSpec& s) { s.pcrs.clear(); }, {kMalformed, "form"});
  cases.members("pcr_index_negative", [](Members& m) {
    value(m, "pcrs") = concat({Bytes{0xa1, 0x20}, cbor_bytes_item(Bytes(48, 1))});
  });
  cases.members("pcr_index_not_shortest", [](Members& m) {
    value(m, "pcrs") = concat({Bytes{0xa1, 0x18, 0x00}, cbor_bytes_item(Bytes(48, 1))});
  });
  cases.members("pcr_twice", [](Members& m) {
    value(m, "pcrs") = concat(
        {Bytes{0xa2, 0x00}, cbor_bytes_item(Bytes(48, 1)), Bytes{0x00}, cbor_bytes_item(Bytes(48, 2))});
  });
  cases.members("bundle_empty", [](Members& m) { value(m, "cabundle") = {0x80}; });
  cases.members("bundle_of_text", [](Members& m) {
    value(m, "cabundle") = concat({Bytes{0x81}, cbor_text_item("x")});
  });
  cases.members("bundle_of_garbage", [](Members& m) {
    value(m, "cabundle") = concat({Bytes{0x81}, cbor_bytes_item(Bytes(20))});
  });
  cases.members("certificate_garbage",
                [](Members& m) { value(m, "certificate") = cbor_bytes_item(Bytes(20)); });
  // The same certificate in another encoding: BER, not DER.
  cases.members("certificate_with_a_length_not_shortest", [](Members& m) {
    Bytes der = value(m, "certificate");
    der.erase(der.begin(), der.begin() + 3);
    value(m, "certificate") =
        cbor_bytes_item(concat({Bytes{0x30, 0x83, 0}, Bytes(der.begin() + 2, der.end())}));
  });
  cases.members("certificate_with_a_byte_behind", [](Members& m) {
    Bytes der = value(m, "certificate");
    der.erase(der.begin(), der.begin() + 3);
    der.push_back(0);
    value(m, "certificate") = cbor_bytes_item(der);
  });
  cases.members("certificate_cut_off", [](Members& m) {
    Bytes& item = value(m, "certificate");  // head of three bytes, then DER
    item = cbor_bytes_item(ByteView(item).subspan(3, item.size() - 4));
  });
}

void add_cbor_cases(NitroTable& cases) {
  cases.add("indefinite_map_as_genuine_ones_have", [](NitroSpec& s) { s.indefinite = true; }, {kAccepted});
  cases.members("indefinite_bytes",
                [](Members& m) { value(m, "nonce") = {0x5f, 0x41, 0x01, 0x41, 0x02, 0xff}; }, {kAccepted});
  cases.members("indefinite_bytes_with_text_inside", [](Members& m) {
    value(m, "nonce") = {0x5f, 0x61, 0x61, 0xff};
  });
  cases.members("indefinite_bytes_nested", [](Members& m) { value(m, "nonce") = {0x5f, 0x5f, 0xff, 0xff}; });
  cases.members("indefinite_bytes_without_end", [](Members& m) {
    m.emplace_back("z", Bytes{0x5f, 0x41, 0x01});
  });
  cases.members("text_that_is_not_utf8", [](Members& m) { value(m, "module_id") = {0x62, 0xc3, 0x28}; });
  cases.members("length_not_shortest", [](Members& m) { value(m, "nonce") = {0x58, 0x01, 0x01}; });
  cases.members("length_huge", [](Members& m) {
    m.emplace_back("z", Bytes{0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  });
  cases.members("array_huge", [](Members& m) {
    m.emplace_back("z", Bytes{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  });
  cases.members("map_huge", [](Members& m) { m.emplace_back("z", Bytes{0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0}); });
  cases.members("nested_deeply", [](Members& m) {
    m.emplace_back("z", concat({Bytes(1000, 0x81), Bytes{0x01}}));
  });
  cases.members("nested_tags", [](Members& m) {
    m.emplace_back("z", concat({Bytes(1000, 0xc1), Bytes{0x01}}));
  });
  cases.members("nested_indefinite", [](Members& m) { m.emplace_back("z", Bytes(1000, 0x9f)); });
  cases.members("many_items", [](Members& m) {
    m.emplace_back("z", concat({cbor_head(4, 20000), Bytes(20000, 0x01)}));
  });
  cases.members("reserved_information", [](Members& m) { m.emplace_back("z", Bytes{0x1c}); });
  cases.members("break_alone", [](Members& m) { m.emplace_back("z", Bytes{0xff}); });
  cases.add("byte_after_the_payload",
            [](NitroSpec& s) { s.change_payload = [](Bytes& p) { p.push_back(0); }; }, {kMalformed, "form"});
  cases.add("payload_cut_off", [](NitroSpec& s) { s.change_payload = [](Bytes& p) { p.pop_back(); }; },
            {kMalformed, "form"});
  cases.document("byte_after_the_document", [](Bytes& d) { d.push_back(0); });
  cases.document("document_cut_off", [](Bytes& d) { d.pop_back(); });
  cases.document("five_parts", [](Bytes& d) {
    d[0] = 0x85;
    d.push_back(0);
  });
  cases.document("three_parts", [](Bytes& d) { d[0] = 0x83; });
}

void add_signature_cases(NitroTable& cases) {
  cases.add("tagged", [](NitroSpec& s) { s.tag = true; }, {kAccepted});
  cases.document("last_byte_of_the_signature", [](Bytes& d) { d.back() ^= 1; },
                 {kRefused, "document.signature"});
  cases.document("first_byte_of_the_signature", [](Bytes& d) { d[d.size() - 96] ^= 1; },
                 {kRefused, "document.signature"});
  cases.document("a_byte_of_a_pcr",
                 [](Bytes& d) {
                   const Bytes pcr(48, 0x50);
                   *std::search(d.begin(), d.end(), pcr.begin(), pcr.end()) ^= 1;
                 },
                 {kRefused, "document.signature"});
  cases.document("a_letter_of_the_module",
                 [](Bytes& d) {
                   const std::string name = "i-1234";
                   *std::search(d.begin(), d.end(), name.begin(), name.end()) = 'j';
                 },
                 {kRefused, "document.signature"});
  cases.add("signed_by_another_key", [](NitroSpec& s) { s.sign_with_other_key = true; },
            {kRefused, "document.signature"});
  cases.add("external_data_was_signed", [](NitroSpec& s) { s.external = {1}; },
            {kRefused, "document.signature"});
  for (const int64_t algorithm : {-7, -36, -37, 0, 5})
    cases.add("algorithm_" + std::to_string(algorithm),
              [algorithm](NitroSpec& s) { s.algorithm = algorithm; }, {kRefused, "document.signature"});
  cases.add("key_of_the_wrong_curve", [](NitroSpec& s) { s.leaf_kind = Key::Kind::kP256; },
            {kRefused, "document.signature"});
  cases.add("unprotected_header",
            [](NitroSpec& s) {
              s.unprotected = {0xa1, 0x04, 0x41, 0x31};
            },
            {kMalformed, "form"});
  cases.add("unprotected_algorithm",
            [](NitroSpec& s) {
              s.unprotected = {0xa1, 0x01, 0x26};
            },
            {kMalformed, "form"});
  cases.add("unprotected_is_no_map", [](NitroSpec& s) { s.unprotected = {0x80}; }, {kMalformed, "form"});
}

void add_chain_cases(NitroTable& cases) {
  cases.add("root_not_trusted", [](NitroSpec& s) { s.trust_root = false; }, {kRefused, "certificate.chain"});
  cases.add("bundle_in_another_order", [](NitroSpec& s) { s.bundle = {"authority", "root"}; }, {kAccepted});
  cases.add("bundle_with_one_twice",
            [](NitroSpec& s) {
              s.bundle = {"root", "root", "authority", "authority"};
            },
            {kAccepted});
  cases.add("bundle_of_too_many", [](NitroSpec& s) { s.bundle = std::vector<std::string>(17, "root"); },
            {kMalformed, "form"});
  cases.add("bundle_without_authority", [](NitroSpec& s) { s.bundle = {"root"}; },
            {kUndetermined, "certificate.chain", Outcome::kMissing});
  cases.add("bundle_without_root", [](NitroSpec& s) { s.bundle = {"authority"}; },
            {kUndetermined, "certificate.chain", Outcome::kMissing});
  cases.add("leaf_signed_by_another", [](NitroSpec& s) { s.leaf_signed_by_other = true; },
            {kRefused, "certificate.chain"});
  cases.add("leaf_expired", [](NitroSpec& s) { s.leaf.until = s.now - seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("leaf_not_yet_valid", [](NitroSpec& s) { s.leaf.from = s.now + seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("authority_expired", [](NitroSpec& s) { s.authority.until = s.now - seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("root_expired", [](NitroSpec& s) { s.root.until = s.now - seconds(1); },
            {kRefused, "certificate.validity"});
  cases.add("authority_is_none",
            [](NitroSpec& s) {
              s.authority.authority = false;
              s.authority.path_length.reset();
            },
            {kRefused, "certificate.chain"});
  cases.add("root_path_too_short", [](NitroSpec& s) { s.root.path_length = 0; },
            {kRefused, "certificate.chain"});
  cases.add("leaf_may_not_sign", [](NitroSpec& s) { s.leaf.key_usage = "critical,keyAgreement"; },
            {kRefused, "certificate.chain"});
  cases.add("leaf_is_an_authority",
            [](NitroSpec& s) {
              s.leaf.authority = true;
              s.leaf.key_usage = "critical,digitalSignature,keyCertSign";
            },
            {kRefused, "certificate.chain"});
  cases.add("no_lists_is_a_warning", [](NitroSpec&) {},
            {kAccepted, "certificate.revocation", Outcome::kWarning});
  cases.add("lists_that_revoke_nothing", [](NitroSpec& s) { s.give_lists = true; },
            {kAccepted, "certificate.revocation", Outcome::kPassed});
  cases.add("leaf_revoked",
            [](NitroSpec& s) {
              s.give_lists = true;
              s.authority_revokes = {3};
            },
            {kRefused, "certificate.revocation"});
  cases.add("authority_revoked",
            [](NitroSpec& s) {
              s.give_lists = true;
              s.root_revokes = {2};
            },
            {kRefused, "certificate.revocation"});
  // Time is the caller's: a document that says it is old or young changes nothing.
  cases.add("timestamp_of_another_year", [](NitroSpec& s) { s.timestamp = 1; }, {kAccepted});
  for (const unsigned pcr : {0U, 1U, 2U}) {
    cases.add("debug_pcr_" + std::to_string(pcr), [pcr](NitroSpec& s) { s.pcrs[pcr] = Bytes(48, 0); },
              {kRefused, "debug"});
    cases.add("missing_pcr_" + std::to_string(pcr), [pcr](NitroSpec& s) { s.pcrs.erase(pcr); },
              {kRefused, "debug"});
  }
  cases.add("nonce_equal", [](NitroSpec& s) { s.nonce = Bytes(20, 0x77); },
            {kAccepted, "nonce", Outcome::kPassed});
  cases.add("nonce_prefix_is_not_enough", [](NitroSpec& s) { s.nonce = Bytes(19, 0x77); },
            {kRefused, "nonce"});
  cases.add("nonce_absent",
            [](NitroSpec& s) {
              s.nonce = Bytes(20, 0x77);
              s.document_nonce.reset();
            },
            {kRefused, "nonce"});
}

TEST(NitroCases, EachComesToItsVerdictByItsCheck) {
  NitroTable cases(good_nitro());
  cases.add("good", [](NitroSpec&) {}, {kAccepted});
  add_form_cases(cases);
  add_cbor_cases(cases);
  add_signature_cases(cases);
  add_chain_cases(cases);
  cases.run();
}

}  // namespace
}  // namespace strongroom::attest::testing
