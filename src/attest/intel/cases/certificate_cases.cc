#include <algorithm>

#include "attest/intel/cases/quote_cases.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::seconds;

}  // namespace

void add_certificate_cases(QuoteTable& out) {
  const auto at = [](int offset) { return seconds(offset); };
  out.add("root_not_trusted", [](IntelSpec& s) { s.trust_root = false; }, {kRefused, "pck.chain"});
  out.add("root_that_did_not_sign_itself", [](IntelSpec& s) { s.damage_root = true; },
          {kRefused, "pck.chain"});
  out.add("authority_expired_beside_a_current_one",
          [=](IntelSpec& s) {
            s.platform.until = s.now - at(1);
            s.pem_chain = {"pck", "platform", "platform_again", "root"};
          },
          {kAccepted});
  out.add("pck_with_an_extension_twice",
          [](IntelSpec& s) {
            s.pck.extensions.assign(2, {"1.2.3.4", Bytes{5, 0}, false});
          },
          {kMalformed, "form"});
  out.add("pck_signed_by_another_key", [](IntelSpec& s) { s.pck_signed_by_other = true; },
          {kRefused, "pck.chain"});
  out.add("platform_signed_by_another_key", [](IntelSpec& s) { s.platform_signed_by_other = true; },
          {kRefused, "pck.chain"});
  out.add("pck_expired", [=](IntelSpec& s) { s.pck.until = s.now - at(1); }, {kRefused, "pck.validity"});
  out.add("pck_expires_now", [](IntelSpec& s) { s.pck.until = s.now; }, {kAccepted});
  out.add("pck_not_yet_valid", [=](IntelSpec& s) { s.pck.from = s.now + at(1); }, {kRefused, "pck.validity"});
  out.add("platform_expired", [=](IntelSpec& s) { s.platform.until = s.now - at(1); },
          {kRefused, "pck.validity"});
  out.add("platform_not_yet_valid", [=](IntelSpec& s) { s.platform.from = s.now + at(1); },
          {kRefused, "pck.validity"});
  out.add("root_expired", [=](IntelSpec& s) { s.root.until = s.now - at(1); }, {kRefused, "pck.validity"});
  out.add("root_not_yet_valid", [=](IntelSpec& s) { s.root.from = s.now + at(1); },
          {kRefused, "pck.validity"});
  out.add("platform_is_no_authority",
          [](IntelSpec& s) {
            s.platform.authority = false;
            s.platform.path_length.reset();
          },
          {kRefused, "pck.chain"});
  out.add("root_is_no_authority",
          [](IntelSpec& s) {
            s.root.authority = false;
            s.root.path_length.reset();
          },
          {kRefused, "pck.chain"});
  out.add("root_path_length_too_short", [](IntelSpec& s) { s.root.path_length = 0; },
          {kRefused, "pck.chain"});
  out.add("platform_may_not_sign_certificates",
          [](IntelSpec& s) { s.platform.key_usage = "critical,cRLSign"; }, {kRefused, "pck.chain"});
  out.add("platform_may_not_sign_lists", [](IntelSpec& s) { s.platform.key_usage = "critical,keyCertSign"; },
          {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("platform_has_another_name",
          [](IntelSpec& s) { s.platform.common_name = "Intel SGX PCK Other CA"; }, {kRefused, "pck.chain"});
  out.add("processor_authority", [](IntelSpec& s) { s.platform.common_name = "Intel SGX PCK Processor CA"; },
          {kAccepted});
  out.add("pck_has_an_unknown_critical_extension",
          [](IntelSpec& s) {
            s.pck.extensions.push_back({"1.2.3.4", Bytes{5, 0}, true});
          },
          {kRefused, "pck.chain"});
  out.add("platform_has_an_unknown_critical_extension",
          [](IntelSpec& s) {
            s.platform.extensions.push_back({"1.2.3.4", Bytes{5, 0}, true});
          },
          {kRefused, "pck.chain"});
  out.add("pck_is_an_authority",
          [](IntelSpec& s) {
            s.pck.authority = true;
            s.pck.key_usage = "critical,digitalSignature,keyCertSign";
          },
          {kRefused, "pck.chain"});
  out.add("pck_with_a_p384_key", [](IntelSpec& s) { s.pck_kind = Key::Kind::kP384; },
          {kRefused, "qe_report.signature"});
  out.add("chain_root_first", [](IntelSpec& s) { s.pem_chain = {"root", "platform", "pck"}; }, {kAccepted});
  out.add("chain_mixed_up", [](IntelSpec& s) { s.pem_chain = {"platform", "pck", "root"}; }, {kAccepted});
  out.add("chain_with_a_stranger",
          [](IntelSpec& s) {
            s.pem_chain = {"pck", "signing", "platform", "root"};
          },
          {kAccepted});
  out.add("chain_without_root_has_it_from_collateral",
          [](IntelSpec& s) {
            s.pem_chain = {"pck", "platform"};
          },
          {kAccepted});
  out.add("chain_without_authority",
          [](IntelSpec& s) {
            s.pem_chain = {"pck", "root"};
          },
          {kUndetermined, "pck.chain", Outcome::kMissing});
  out.add("chain_without_pck",
          [](IntelSpec& s) {
            s.pem_chain = {"platform", "root"};
          },
          {kRefused, "pck.chain"});
  out.add("root_in_its_other_encoding",
          [](IntelSpec& s) {
            s.pem_chain = {"pck", "platform", "root_again"};
          },
          {kAccepted});
  out.add("authority_in_its_other_encoding",
          [](IntelSpec& s) {
            s.pem_chain = {"pck", "platform_again", "root"};
          },
          {kAccepted});
  out.add("chain_with_two_pcks",
          [](IntelSpec& s) {
            s.pem_chain = {"pck", "pck", "platform", "root"};
          },
          {kRefused, "pck.chain"});
  out.add("chain_empty", [](IntelSpec& s) { s.pem_chain = {}; }, {kMalformed, "form"});
  out.add("type_1_with_pck_from_collateral",
          [](IntelSpec& s) {
            s.certification_type = 1;
            s.pem_chain = {};
            for (const char* name : {"pck", "platform"}) s.collateral.push_back(name);
          },
          {kAccepted});
  out.add("type_3_without_pck", [](IntelSpec& s) { s.certification_type = 3; },
          {kUndetermined, "pck.chain", Outcome::kMissing});
  out.add("type_4_with_the_leaf_alone",
          [](IntelSpec& s) {
            s.certification_type = 4;
            s.pem_chain = {"pck"};
            s.collateral.push_back("platform");
          },
          {kAccepted});
  out.add("extension_cut_off", [](IntelSpec& s) { s.change_extension = [](Bytes& e) { e.pop_back(); }; },
          {kRefused, "pck.extensions"});
  out.add("extension_with_a_byte_more",
          [](IntelSpec& s) { s.change_extension = [](Bytes& e) { e.push_back(0); }; },
          {kRefused, "pck.extensions"});
  out.add("extension_empty", [](IntelSpec& s) { s.change_extension = [](Bytes& e) {
                                                  e = {0x30, 0x00};
                                                }; },
          {kRefused, "pck.extensions"});
  out.add("fmspc_of_another_platform", [](IntelSpec& s) { s.fmspc[5] = 1; },
          {kUndetermined, "tcb_info.match", Outcome::kMissing});
  out.add("fmspc_too_long", [](IntelSpec& s) { s.fmspc.push_back(1); }, {kRefused, "pck.extensions"});
  out.add("pce_id_of_another_platform", [](IntelSpec& s) { s.pce_id[1] = 1; },
          {kUndetermined, "tcb_info.match", Outcome::kMissing});
  using Parts = std::vector<Bytes>;
  for (const size_t part : {0U, 1U, 2U, 3U, 4U}) {
    const std::string name = "extension_part_" + std::to_string(part + 1);
    out.add(name + "_missing",
            [part](IntelSpec& s) {
              s.change_parts = [part](Parts& p) { p.erase(p.begin() + static_cast<ptrdiff_t>(part)); };
            },
            {kRefused, "pck.extensions"});
    out.add(name + "_twice",
            [part](IntelSpec& s) { s.change_parts = [part](Parts& p) { p.push_back(Bytes(p[part])); }; },
            {kRefused, "pck.extensions"});
  }
  for (const size_t part : {0U, 15U, 16U, 17U}) {
    const std::string name = "tcb_part_" + std::to_string(part + 1);
    out.add(name + "_missing",
            [part](IntelSpec& s) {
              s.change_tcb_parts = [part](Parts& p) { p.erase(p.begin() + static_cast<ptrdiff_t>(part)); };
            },
            {kRefused, "pck.extensions"});
    out.add(name + "_twice",
            [part](IntelSpec& s) { s.change_tcb_parts = [part](Parts& p) { p.push_back(Bytes(p[part])); }; },
            {kRefused, "pck.extensions"});
  }
  out.add("component_larger_than_a_byte", [](IntelSpec& s) { s.components[3] = 256; },
          {kRefused, "pck.extensions"});
}

void add_revocation_cases(QuoteTable& out) {
  const auto without = [](const char* what) {
    return [what](IntelSpec& s) {
      s.collateral.erase(std::find(s.collateral.begin(), s.collateral.end(), what));
    };
  };
  out.add("pck_revoked", [](IntelSpec& s) { s.platform_revokes = {99, 3}; }, {kRefused, "pck.revocation"});
  out.add("platform_revoked", [](IntelSpec& s) { s.root_revokes = {2}; }, {kRefused, "pck.revocation"});
  out.add("signing_revoked", [](IntelSpec& s) { s.root_revokes = {4}; }, {kRefused, "tcb_info.revocation"});
  out.add("another_serial_revoked", [](IntelSpec& s) { s.platform_revokes = {30, 33, 5}; }, {kAccepted});
  out.add("no_platform_list", without("platform_crl"), {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("no_root_list", without("root_crl"), {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("platform_list_of_another_signer", [](IntelSpec& s) { s.platform_crl_by_other = true; },
          {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("root_list_of_another_signer", [](IntelSpec& s) { s.root_crl_by_other = true; },
          {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("forged_list_that_revokes_changes_nothing_but_is_missing",
          [](IntelSpec& s) {
            s.platform_crl_by_other = true;
            s.platform_revokes = {3};
          },
          {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("lists_expired", [](IntelSpec& s) { s.crl_until = s.now - seconds(1); },
          {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("lists_not_yet_valid", [](IntelSpec& s) { s.crl_from = s.now + seconds(1); },
          {kUndetermined, "pck.revocation", Outcome::kMissing});
  out.add("expired_list_still_revokes",
          [](IntelSpec& s) {
            s.crl_until = s.now - seconds(1);
            s.platform_revokes = {3};
          },
          {kRefused, "pck.revocation"});
}

}  // namespace strongroom::attest::testing
