#include <algorithm>

#include "attest/intel/cases/quote_cases.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::seconds;

}  // namespace

void replace(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

void add_document_cases(const Flavour& flavour, QuoteTable& out) {
  const auto without = [](const char* what) {
    return [what](IntelSpec& s) {
      s.collateral.erase(std::find(s.collateral.begin(), s.collateral.end(), what));
    };
  };
  const bool tdx = flavour.tdx;
  out.add("no_tcb_info", without("tcb_info"), {kUndetermined, "tcb_info.match", Outcome::kMissing});
  out.add("no_qe_identity", without("qe_identity"), {kUndetermined, "qe_identity.match", Outcome::kMissing});
  out.add("no_signing_certificate", without("signing"),
          {kUndetermined, "tcb_info.signature", Outcome::kMissing});
  out.add("tcb_info_signed_by_another_key", [](IntelSpec& s) { s.sign_tcb_with_other_key = true; },
          {kRefused, "tcb_info.signature"});
  out.add("qe_identity_signed_by_another_key", [](IntelSpec& s) { s.sign_qe_with_other_key = true; },
          {kRefused, "qe_identity.signature"});
  out.add("signing_certificate_forged", [](IntelSpec& s) { s.signing_signed_by_other = true; },
          {kRefused, "tcb_info.signature"});
  out.add("signing_certificate_expired", [](IntelSpec& s) { s.signing.until = s.now - seconds(1); },
          {kUndetermined, "tcb_info.validity", Outcome::kMissing});
  out.add("signing_certificate_of_another_name",
          [](IntelSpec& s) { s.signing.common_name = "Intel SGX PCK Certificate"; },
          {kUndetermined, "tcb_info.signature", Outcome::kMissing});
  out.add("signing_certificate_is_an_authority",
          [](IntelSpec& s) {
            s.signing.authority = true;
            s.signing.key_usage = "critical,digitalSignature,keyCertSign";
          },
          {kUndetermined, "tcb_info.signature", Outcome::kMissing});
  out.add("tcb_info_expired", [](IntelSpec& s) { s.tcb_until = "2026-02-28T23:59:59Z"; },
          {kUndetermined, "tcb_info.validity", Outcome::kMissing});
  out.add("tcb_info_not_yet_valid", [](IntelSpec& s) { s.tcb_from = "2026-03-01T00:00:01Z"; },
          {kUndetermined, "tcb_info.validity", Outcome::kMissing});
  out.add("qe_identity_expired", [](IntelSpec& s) { s.qe_until = "2026-02-28T23:59:59Z"; },
          {kUndetermined, "qe_identity.validity", Outcome::kMissing});
  out.add("qe_identity_not_yet_valid", [](IntelSpec& s) { s.qe_from = "2026-03-01T00:00:01Z"; },
          {kUndetermined, "qe_identity.validity", Outcome::kMissing});
  out.add("signing_certificate_may_not_sign",
          [](IntelSpec& s) { s.signing.key_usage = "critical,keyAgreement"; },
          {kUndetermined, "tcb_info.signature", Outcome::kMissing});
  const Expectation no_document = {kUndetermined, "tcb_info.match", Outcome::kMissing};
  const auto tcb_body = [&](std::string name, std::string from, std::string to) {
    out.set(
        std::move(name), &IntelSpec::change_tcb_info,
        [from, to](std::string& body) { replace(body, from, to); }, no_document);
  };
  tcb_body("tcb_info_of_version_4", R"("version":3)", R"("version":4)");
  tcb_body("tcb_info_of_another_type", R"("tcbType":0)", R"("tcbType":1)");
  tcb_body("tcb_info_of_an_unknown_tee", tdx ? R"("id":"TDX")" : R"("id":"SGX")", R"("id":"XYZ")");
  tcb_body("tcb_info_with_17_components", R"("sgxtcbcomponents":[)", R"("sgxtcbcomponents":[{"svn":5},)");
  tcb_body("tcb_info_with_a_member_twice", R"("version":3)", R"("version":3,"version":3)");
  tcb_body("tcb_info_with_an_svn_of_256", R"({"svn":5})", R"({"svn":256})");
  tcb_body("tcb_info_of_no_time", R"("issueDate":"2026-02-15T00:00:00Z")",
           R"("issueDate":"2026-02-30T00:00:00Z")");
  tcb_body("tcb_info_whose_times_are_swapped", R"("issueDate":"2026-02-15)", R"("issueDate":"2026-04-15)");
  tcb_body("tcb_info_nested_deeply", R"("tcbType":0)",
           R"("tcbType":0,"x":)" + std::string(1000, '[') + std::string(1000, ']'));
  const auto tcb_document = [&](std::string name, std::function<void(std::string&)> change) {
    out.set(std::move(name), &IntelSpec::change_tcb_document, std::move(change), no_document);
  };
  tcb_document("tcb_info_with_two_signatures", [](std::string& text) {
    replace(text, R"("signature":)", R"("signature":")" + std::string(128, '1') + R"(","signature":)");
  });
  tcb_document("tcb_info_with_text_behind", [](std::string& text) { text += "x"; });
  tcb_document("tcb_info_cut_off", [](std::string& text) { text.pop_back(); });
  out.set("tcb_info_changed_after_signing", &IntelSpec::change_tcb_document,
          [](std::string& text) { replace(text, "OutOfDate", "UpToDate"); },
          {kRefused, "tcb_info.signature"});
  out.set("qe_identity_of_version_1", &IntelSpec::change_qe_identity,
          [](std::string& body) { replace(body, R"("version":2)", R"("version":1)"); },
          {kUndetermined, "qe_identity.match", Outcome::kMissing});
  out.add("identity_of_the_other_quoting_enclave", [tdx](IntelSpec& s) { s.tdx_identity = !tdx; },
          {kUndetermined, "qe_identity.match", Outcome::kMissing});

  // Collateral rolled back: beside the current document, one of an older evaluation, or of a time to come.
  const auto another = [tdx](unsigned number, const char* from, const std::string& levels) {
    return R"(tcbInfo:{"id":")" + std::string(tdx ? "TDX" : "SGX") + R"(","version":3,"issueDate":")" + from +
           R"(","nextUpdate":"2026-03-25T00:00:00Z","fmspc":"00906ea10000","pceId":"0000","tcbType":0,)"
           R"("tcbEvaluationDataNumber":)" +
           std::to_string(number) + "," +
           (tdx ? R"("tdxModule":{"mrsigner":")" + std::string(96, '0') +
                      R"(","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF"},)"
                : "") +
           R"("tcbLevels":[)" + levels + "]}";
  };
  for (const char* from : {"2026-02-15T00:00:00Z", "2026-02-20T00:00:00Z"})
    out.add("older_tcb_info_beside_the_current_one_of_" + std::string(from),
            [=](IntelSpec& s) {
              s.more_documents.push_back(another(16, from, s.tcb_levels));
              replace(s.tcb_levels, "UpToDate", "OutOfDate");
            },
            {kRefused, "tcb.status"});
  out.add("newer_tcb_info_that_is_not_valid_yet",
          [=](IntelSpec& s) {
            std::string levels = s.tcb_levels;
            replace(levels, "UpToDate", "OutOfDate");
            s.more_documents.push_back(another(18, "2026-03-10T00:00:00Z", levels));
          },
          {kAccepted});

  for (const unsigned svn : {4U, 2U, 1U})
    out.add("platform_at_level_" + std::to_string(svn), [svn](IntelSpec& s) { s.components.assign(16, svn); },
            {kRefused, "tcb.status"});
  out.add("platform_needs_configuration", [](IntelSpec& s) { s.pce_svn = 9; }, {kRefused, "tcb.status"});
  out.add("one_component_below_every_level", [](IntelSpec& s) { s.components[15] = 0; },
          {kRefused, "tcb.level"});
  out.add("pce_below_every_level", [](IntelSpec& s) { s.pce_svn = 4; }, {kRefused, "tcb.level"});
  // A comparison as one big number would think 6,0,0... newer than 5,5,5...
  out.add("first_component_higher_last_lower",
          [](IntelSpec& s) {
            s.components[0] = 200;
            s.components[15] = 4;
          },
          {kRefused, "tcb.status"});
  out.add("components_higher_than_the_best_level", [](IntelSpec& s) { s.components.assign(16, 255); },
          {kAccepted});
  out.add("qe_out_of_date", [](IntelSpec& s) { s.qe_report[258] = 7; }, {kRefused, "tcb.status"});
  out.add("qe_revoked", [](IntelSpec& s) { s.qe_report[258] = 3; }, {kRefused, "tcb.status"});
  out.add("qe_below_every_level", [](IntelSpec& s) { s.qe_report[258] = 1; },
          {kRefused, "qe_identity.level"});
  out.add("qe_of_another_signer", [](IntelSpec& s) { s.qe_report[128] = 0; },
          {kRefused, "qe_identity.match"});
  out.add("qe_of_another_product", [](IntelSpec& s) { s.qe_report[256] = 2; },
          {kRefused, "qe_identity.match"});
  out.add("qe_with_other_misc_select", [](IntelSpec& s) { s.qe_report[16] = 1; },
          {kRefused, "qe_identity.match"});
  out.add("qe_in_debug_mode", [](IntelSpec& s) { s.qe_report[48] = 0x13; }, {kRefused, "qe_identity.match"});
  out.add("qe_with_attributes_outside_of_the_mask",
          [](IntelSpec& s) {
            s.qe_report[48] = 0x15;
            s.qe_report[56] = 0xe7;
          },
          {kAccepted});
  out.add("debug", [tdx](IntelSpec& s) { s.report[tdx ? 120 : 48] |= tdx ? 0x01 : 0x02; },
          {kRefused, "debug"});
  out.add("nonce_bound", [](IntelSpec& s) { s.nonce = Bytes(32, 0x77); },
          {kAccepted, "nonce", Outcome::kPassed});
  out.add("nonce_of_another", [](IntelSpec& s) { s.nonce = Bytes(32, 0x78); }, {kRefused, "nonce"});
  out.add("nonce_longer_than_what_is_bound", [](IntelSpec& s) { s.nonce = Bytes(33, 0x77); },
          {kRefused, "nonce"});
  out.add("nonce_longer_than_the_field", [](IntelSpec& s) { s.nonce = Bytes(65, 0x77); },
          {kRefused, "nonce"});
  out.add("key_type_p384", [](IntelSpec& s) { s.key_type = 3; }, {kMalformed, "form"});
}

void add_tdx_cases(const Flavour& flavour, QuoteTable& out) {
  out.add("td_reserved_debug_bit", [](IntelSpec& s) { s.report[120] = 0x40; }, {kRefused, "debug"});
  out.add("module_of_another_signer", [](IntelSpec& s) { s.report[64] = 1; },
          {kRefused, "tdx_module.identity"});
  out.add("module_with_other_attributes", [](IntelSpec& s) { s.report[112] = 1; },
          {kRefused, "tdx_module.identity"});
  out.add("module_of_unknown_major_version", [](IntelSpec& s) { s.report[1] = 2; },
          {kRefused, "tdx_module.identity"});
  out.add("module_out_of_date",
          [](IntelSpec& s) {
            s.report[0] = 3;
            if (s.td15) s.report[584] = 3;
          },
          {kRefused, "tcb.status"});
  out.add("module_revoked", [](IntelSpec& s) { s.report[0] = 1; }, {kRefused, "tcb.status"});
  out.add("module_below_every_level", [](IntelSpec& s) { s.report[0] = 0; },
          {kRefused, "tdx_module.identity"});
  // Components 0 and 1 are not compared with the platform's where the module has an identity of its own.
  out.add("module_component_below_the_platforms",
          [](IntelSpec& s) {
            replace(s.module_identities, R"("isvsvn":5)", R"("isvsvn":4)");
            s.report[0] = 4;
          },
          {kAccepted});
  out.add("td_component_below_the_platforms", [](IntelSpec& s) { s.report[2] = 2; },
          {kRefused, "tcb.status"});
  out.add("td_component_below_every_level", [](IntelSpec& s) { s.report[15] = 0; }, {kRefused, "tcb.level"});
  out.add("module_of_major_version_0",
          [](IntelSpec& s) {
            s.report[1] = 0;
            replace(s.tcb_levels, R"("tdxtcbcomponents":[{"svn":5},{"svn":5})",
                    R"("tdxtcbcomponents":[{"svn":5},{"svn":0})");
          },
          {kAccepted});
  out.add("module_of_major_version_0_compares_component_0",
          [](IntelSpec& s) {
            s.report[1] = 0;
            s.report[0] = 4;
            replace(s.tcb_levels, R"("tdxtcbcomponents":[{"svn":5},{"svn":5})",
                    R"("tdxtcbcomponents":[{"svn":5},{"svn":0})");
          },
          {kRefused, "tcb.level"});
  out.add("documents_of_sgx", [](IntelSpec& s) { s.tdx_documents = false; },
          {kUndetermined, "tcb_info.match", Outcome::kMissing});
  if (!flavour.td15) return;
  out.add("relaunch_advised",
          [](IntelSpec& s) {
            s.report[0] = 3;
            s.report[2] = 2;
          },
          {kRefused, "tcb.status"});
}

}  // namespace strongroom::attest::testing
