#include <algorithm>

#include "attest/intel/cases/quote_cases.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::seconds;

}  // namespace

void add_certificate_cases(std::vector<Case>& out) {
  const auto add = [&](const char* name, std::function<void(IntelSpec&)> change, Expectation wanted) {
    out.push_back({name, std::move(change), std::move(wanted)});
  };
  const auto at = [](int offset) { return seconds(offset); };
  add("root_not_trusted", [](IntelSpec& s) { s.trust_root = false; }, {kRefused, "pck.chain"});
  add("pck_signed_by_another_key", [](IntelSpec& s) { s.pck_signed_by_other = true; },
      {kRefused, "pck.chain"});
  add("platform_signed_by_another_key", [](IntelSpec& s) { s.platform_signed_by_other = true; },
      {kRefused, "pck.chain"});
  add("pck_expired", [=](IntelSpec& s) { s.pck.until = s.now - at(1); }, {kRefused, "pck.validity"});
  add("pck_expires_now", [](IntelSpec& s) { s.pck.until = s.now; }, {Verdict::kAccepted});
  add("pck_not_yet_valid", [=](IntelSpec& s) { s.pck.from = s.now + at(1); }, {kRefused, "pck.validity"});
  add("platform_expired", [=](IntelSpec& s) { s.platform.until = s.now - at(1); },
      {kRefused, "pck.validity"});
  add("platform_not_yet_valid", [=](IntelSpec& s) { s.platform.from = s.now + at(1); },
      {kRefused, "pck.validity"});
  add("root_expired", [=](IntelSpec& s) { s.root.until = s.now - at(1); }, {kRefused, "pck.validity"});
  add("root_not_yet_valid", [=](IntelSpec& s) { s.root.from = s.now + at(1); }, {kRefused, "pck.validity"});
  add("platform_is_no_authority",
      [](IntelSpec& s) {
        s.platform.authority = false;
        s.platform.path_length.reset();
      },
      {kRefused, "pck.chain"});
  add("root_is_no_authority",
      [](IntelSpec& s) {
        s.root.authority = false;
        s.root.path_length.reset();
      },
      {kRefused, "pck.chain"});
  add("root_path_length_too_short", [](IntelSpec& s) { s.root.path_length = 0; }, {kRefused, "pck.chain"});
  add("platform_may_not_sign_certificates", [](IntelSpec& s) { s.platform.key_usage = "critical,cRLSign"; },
      {kRefused, "pck.chain"});
  add("platform_may_not_sign_lists", [](IntelSpec& s) { s.platform.key_usage = "critical,keyCertSign"; },
      {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("platform_has_another_name", [](IntelSpec& s) { s.platform.common_name = "Intel SGX PCK Other CA"; },
      {kRefused, "pck.chain"});
  add("processor_authority", [](IntelSpec& s) { s.platform.common_name = "Intel SGX PCK Processor CA"; },
      {Verdict::kAccepted});
  add("pck_has_an_unknown_critical_extension",
      [](IntelSpec& s) {
        s.pck.extensions.push_back({"1.2.3.4", Bytes{5, 0}, true});
      },
      {kRefused, "pck.chain"});
  add("platform_has_an_unknown_critical_extension",
      [](IntelSpec& s) {
        s.platform.extensions.push_back({"1.2.3.4", Bytes{5, 0}, true});
      },
      {kRefused, "pck.chain"});
  add("pck_is_an_authority",
      [](IntelSpec& s) {
        s.pck.authority = true;
        s.pck.key_usage = "critical,digitalSignature,keyCertSign";
      },
      {kRefused, "pck.chain"});
  add("pck_with_a_p384_key", [](IntelSpec& s) { s.pck_kind = Key::Kind::kP384; },
      {kRefused, "qe_report.signature"});
  add("chain_root_first",
      [](IntelSpec& s) {
        s.pem_chain = {"root", "platform", "pck"};
      },
      {Verdict::kAccepted});
  add("chain_mixed_up",
      [](IntelSpec& s) {
        s.pem_chain = {"platform", "pck", "root"};
      },
      {Verdict::kAccepted});
  add("chain_with_a_stranger",
      [](IntelSpec& s) {
        s.pem_chain = {"pck", "signing", "platform", "root"};
      },
      {Verdict::kAccepted});
  add("chain_without_root_has_it_from_collateral",
      [](IntelSpec& s) {
        s.pem_chain = {"pck", "platform"};
      },
      {Verdict::kAccepted});
  add("chain_without_authority",
      [](IntelSpec& s) {
        s.pem_chain = {"pck", "root"};
      },
      {kUndetermined, "pck.chain", Outcome::kMissing});
  add("chain_without_pck", [](IntelSpec& s) { s.pem_chain = {"platform", "root"}; }, {kRefused, "pck.chain"});
  add("root_in_its_other_encoding",
      [](IntelSpec& s) {
        s.pem_chain = {"pck", "platform", "root_again"};
      },
      {Verdict::kAccepted});
  add("authority_in_its_other_encoding",
      [](IntelSpec& s) {
        s.pem_chain = {"pck", "platform_again", "root"};
      },
      {Verdict::kAccepted});
  add("chain_with_two_pcks",
      [](IntelSpec& s) {
        s.pem_chain = {"pck", "pck", "platform", "root"};
      },
      {kRefused, "pck.chain"});
  add("chain_empty", [](IntelSpec& s) { s.pem_chain = {}; }, {kMalformed, "form"});
  add("type_1_with_pck_from_collateral",
      [](IntelSpec& s) {
        s.certification_type = 1;
        s.pem_chain = {};
        for (const char* name : {"pck", "platform"}) s.collateral.push_back(name);
      },
      {Verdict::kAccepted});
  add("type_3_without_pck", [](IntelSpec& s) { s.certification_type = 3; },
      {kUndetermined, "pck.chain", Outcome::kMissing});
  add("type_4_with_the_leaf_alone",
      [](IntelSpec& s) {
        s.certification_type = 4;
        s.pem_chain = {"pck"};
        s.collateral.push_back("platform");
      },
      {Verdict::kAccepted});
  add("extension_cut_off", [](IntelSpec& s) { s.change_extension = [](Bytes& e) { e.pop_back(); }; },
      {kRefused, "pck.extensions"});
  add("extension_with_a_byte_more",
      [](IntelSpec& s) { s.change_extension = [](Bytes& e) { e.push_back(0); }; },
      {kRefused, "pck.extensions"});
  add("extension_empty", [](IntelSpec& s) { s.change_extension = [](Bytes& e) {
                                              e = {0x30, 0x00};
                                            }; },
      {kRefused, "pck.extensions"});
  add("fmspc_of_another_platform", [](IntelSpec& s) { s.fmspc[5] = 1; },
      {kUndetermined, "tcb_info.match", Outcome::kMissing});
  add("fmspc_too_long", [](IntelSpec& s) { s.fmspc.push_back(1); }, {kRefused, "pck.extensions"});
  add("pce_id_of_another_platform", [](IntelSpec& s) { s.pce_id[1] = 1; },
      {kUndetermined, "tcb_info.match", Outcome::kMissing});
  add("component_larger_than_a_byte", [](IntelSpec& s) { s.components[3] = 256; },
      {kRefused, "pck.extensions"});
}

void add_revocation_cases(std::vector<Case>& out) {
  const auto add = [&](const char* name, std::function<void(IntelSpec&)> change, Expectation wanted) {
    out.push_back({name, std::move(change), std::move(wanted)});
  };
  const auto without = [](const char* what) {
    return [what](IntelSpec& s) {
      s.collateral.erase(std::find(s.collateral.begin(), s.collateral.end(), what));
    };
  };
  add("pck_revoked", [](IntelSpec& s) { s.platform_revokes = {99, 3}; }, {kRefused, "pck.revocation"});
  add("platform_revoked", [](IntelSpec& s) { s.root_revokes = {2}; }, {kRefused, "pck.revocation"});
  add("signing_revoked", [](IntelSpec& s) { s.root_revokes = {4}; }, {kRefused, "tcb_info.revocation"});
  add("another_serial_revoked", [](IntelSpec& s) { s.platform_revokes = {30, 33, 5}; }, {Verdict::kAccepted});
  add("no_platform_list", without("platform_crl"), {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("no_root_list", without("root_crl"), {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("platform_list_of_another_signer", [](IntelSpec& s) { s.platform_crl_by_other = true; },
      {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("root_list_of_another_signer", [](IntelSpec& s) { s.root_crl_by_other = true; },
      {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("forged_list_that_revokes_changes_nothing_but_is_missing",
      [](IntelSpec& s) {
        s.platform_crl_by_other = true;
        s.platform_revokes = {3};
      },
      {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("lists_expired", [](IntelSpec& s) { s.crl_until = s.now - seconds(1); },
      {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("lists_not_yet_valid", [](IntelSpec& s) { s.crl_from = s.now + seconds(1); },
      {kUndetermined, "pck.revocation", Outcome::kMissing});
  add("expired_list_still_revokes",
      [](IntelSpec& s) {
        s.crl_until = s.now - seconds(1);
        s.platform_revokes = {3};
      },
      {kRefused, "pck.revocation"});
}

}  // namespace strongroom::attest::testing
