// Evidence of an Azure of our own, each piece broken in one way, with the check that must refuse it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attest/testing/amd_world.h"
#include "attest/testing/cases.h"
#include "attest/testing/intel_world.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

struct AzureSpec {
  Bytes nonce = Bytes(8, 0x77);
  std::optional<Bytes> asked = Bytes(8, 0x77);
  uint32_t magic = 0xff544347, pcr_bank = 0x0b;
  uint16_t type = 0x8018;
  Bytes selection = {0xff, 0xff, 0xff};
  bool bind_runtime = true, sign_with_other_key = false;
  uint32_t hash_type = 1, hcl_version = 2;
  std::optional<uint32_t> report_type;
  std::string key_name = "HCLAkPub";
  std::function<void(std::string& runtime)> change_runtime;   // after it was bound
  std::function<void(std::vector<Bytes>& pcrs)> change_pcrs;  // after they were quoted
  std::function<void(Bytes&)> change_message, change_signature, change_hcl;
  std::function<void(AmdSpec&)> change_snp;
  bool tdx = false, send_quote = true;  // TDX: a TD quote beside the report
  std::function<void(IntelSpec&)> change_td;
  bool bare = false;  // the HCL report alone
  std::function<void(std::string&)> change_json;
};

std::string numbers(ByteView bytes) {
  return fmt::format("[{}]", fmt::join(bytes, ","));
}

// The hash of the runtime data, zeros behind, into a report's field of 64 bytes.
void put_hash(const AzureSpec& spec, const std::string& runtime, Bytes& report, size_t offset) {
  const auto field = report.begin() + static_cast<std::ptrdiff_t>(offset);
  std::fill_n(field, 64, uint8_t{0});
  if (!spec.bind_runtime) return;
  const auto hash = crypto::sha256(as_bytes(runtime));
  std::copy(hash.begin(), hash.end(), field);
}

VerificationResult judge(const AzureSpec& spec) {
  static const Key kKey = Key::make(Key::Kind::kRsa2048), kOther = Key::make(Key::Kind::kRsa2048);
  std::string runtime = fmt::format(
      R"({{"keys":[{{"kid":"{}","kty":"RSA","e":"AQAB","n":"{}"}}],"vm-configuration":{{"secure-boot":true}},"user-data":"00"}})",
      spec.key_name, to_base64url(kKey.modulus()));
  AmdSpec snp = good_amd(3, "Milan", false);
  IntelSpec td = good_intel(4, true, false);
  put_hash(spec, runtime, snp.report, 0x50);
  put_hash(spec, runtime, td.report, 520);
  if (spec.change_snp) spec.change_snp(snp);
  if (spec.change_td) spec.change_td(td);
  const auto built = build(snp);
  const auto built_td = build(td);
  VerificationOptions options = spec.tdx ? built_td->options : built->options;
  options.nonce = spec.asked;
  // A TDREPORT, which nobody but its own machine can check.
  const Bytes hardware = spec.tdx ? Bytes(1184, 0x81) : built->evidence;
  if (spec.change_runtime) spec.change_runtime(runtime);
  ByteWriter hcl;
  hcl.bytes(as_bytes("HCLA")).little(spec.hcl_version).zeros(24).bytes(hardware);
  hcl.little(static_cast<uint32_t>(runtime.size() + 20))
      .little(uint32_t{1})
      .little(spec.report_type.value_or(spec.tdx ? 4 : 2))
      .little(spec.hash_type);
  hcl.little(static_cast<uint32_t>(runtime.size())).bytes(as_bytes(runtime)).zeros(30);
  Bytes hcl_report = hcl.take();
  if (spec.change_hcl) spec.change_hcl(hcl_report);
  if (spec.bare) return verify(hcl_report, options);

  std::vector<Bytes> pcrs;
  Bytes selected;
  for (unsigned i = 0; i < 24; ++i) {
    pcrs.emplace_back(32, static_cast<uint8_t>(i));
    if (((spec.selection.at(i / 8) >> (i % 8)) & 1) != 0)
      selected.insert(selected.end(), pcrs.back().begin(), pcrs.back().end());
  }
  const auto digest = crypto::sha256(selected);
  if (spec.change_pcrs) spec.change_pcrs(pcrs);
  ByteWriter quote;
  quote.big(spec.magic)
      .big(spec.type)
      .big(uint16_t{2})
      .zeros(2)
      .big(static_cast<uint16_t>(spec.nonce.size()))
      .bytes(spec.nonce);
  quote.big(uint64_t{5})
      .big(uint32_t{1})
      .big(uint32_t{2})
      .big(uint8_t{1})
      .big(uint64_t{9})
      .big(uint32_t{1})
      .big(static_cast<uint16_t>(spec.pcr_bank));
  quote.big(static_cast<uint8_t>(spec.selection.size()))
      .bytes(spec.selection)
      .big(uint16_t{32})
      .bytes(digest);
  Bytes message = quote.take();
  Bytes signature = (spec.sign_with_other_key ? kOther : kKey).sign(message);
  if (spec.change_message) spec.change_message(message);
  if (spec.change_signature) spec.change_signature(signature);
  std::string pcr_list;
  for (const Bytes& pcr : pcrs) pcr_list += (pcr_list.empty() ? "" : ",") + numbers(pcr);
  std::string json = fmt::format(R"({{"report":{},"quote":{{"message":{},"signature":{},"pcrs":[{}]}}{}}})",
                                 numbers(hcl_report), numbers(message), numbers(signature), pcr_list,
                                 spec.tdx && spec.send_quote
                                     ? fmt::format(R"(,"td_quote":"{}")", to_base64url(built_td->evidence))
                                     : "");
  if (spec.change_json) spec.change_json(json);
  return verify(as_bytes(json), options);
}

TEST(AzureCases, EachComesToItsVerdictByItsCheck) {
  const Cases<AzureSpec> cases(
      {},
      {
          {"good", [](AzureSpec&) {}, kAccepted},
          {"runtime_data_not_bound",
           [](AzureSpec& s) { s.bind_runtime = false; },
           {kRefused, "runtime_data.binding"}},
          {"runtime_data_changed",
           [](AzureSpec& s) { s.change_runtime = [](std::string& r) { r[r.size() - 3] = '1'; }; },
           {kRefused, "runtime_data.binding"}},
          {"runtime_data_with_a_space",
           [](AzureSpec& s) { s.change_runtime = [](std::string& r) { r += ' '; }; },
           {kRefused, "runtime_data.binding"}},
          {"runtime_data_hashed_otherwise",
           [](AzureSpec& s) { s.hash_type = 2; },
           {kRefused, "runtime_data.binding"}},
          {"report_with_more_than_the_hash_of_the_runtime_data",
           [](AzureSpec& s) { s.change_snp = [](AmdSpec& a) { a.report[0x50 + 63] = 1; }; },
           {kRefused, "runtime_data.binding"}},
          {"report_of_another_signature_algorithm",
           [](AzureSpec& s) { s.change_snp = [](AmdSpec& a) { a.report[0x34] = 2; }; },
           {kMalformed, "form"}},
          {"hash_type_unknown", [](AzureSpec& s) { s.hash_type = 4; }, {kMalformed, "form"}},
          {"report_type_unknown", [](AzureSpec& s) { s.report_type = 3; }, {kMalformed, "form"}},
          {"report_type_tdx_without_quote",
           [](AzureSpec& s) { s.report_type = 4; },
           {kUndetermined, "td_quote", Outcome::kMissing}},
          {"version_unknown", [](AzureSpec& s) { s.hcl_version = 3; }, {kMalformed, "form"}},
          {"no_attestation_key", [](AzureSpec& s) { s.key_name = "HCLEkPub"; }, {kMalformed, "form"}},
          {"bytes_after_the_report",
           [](AzureSpec& s) { s.change_hcl = [](Bytes& b) { b.push_back(1); }; },
           {kMalformed, "form"}},
          {"report_cut_off",
           [](AzureSpec& s) { s.change_hcl = [](Bytes& b) { b.resize(1300); }; },
           {kMalformed, "form"}},
          {"runtime_size_huge",
           [](AzureSpec& s) {
             s.change_hcl = [](Bytes& b) { std::fill_n(b.begin() + 1216, 4, uint8_t{0xff}); };
           },
           {kMalformed, "form"}},
          {"runtime_size_small",
           [](AzureSpec& s) {
             s.change_hcl = [](Bytes& b) { std::fill_n(b.begin() + 1216, 4, uint8_t{0}); };
           },
           {kMalformed, "form"}},
          {"quote_signed_by_another_key",
           [](AzureSpec& s) { s.sign_with_other_key = true; },
           {kRefused, "vtpm.signature"}},
          {"quote_signature_changed",
           [](AzureSpec& s) { s.change_signature = [](Bytes& b) { b[9] ^= 1; }; },
           {kRefused, "vtpm.signature"}},
          {"quote_signature_short",
           [](AzureSpec& s) { s.change_signature = [](Bytes& b) { b.pop_back(); }; },
           {kRefused, "vtpm.signature"}},
          {"quote_changed",
           [](AzureSpec& s) { s.change_message = [](Bytes& b) { b.back() ^= 1; }; },
           {kRefused, "vtpm.signature"}},
          {"quote_not_by_a_tpm", [](AzureSpec& s) { s.magic = 0xff544348; }, {kMalformed, "form"}},
          {"quote_of_another_type", [](AzureSpec& s) { s.type = 0x8017; }, {kMalformed, "form"}},
          {"quote_cut_off",
           [](AzureSpec& s) { s.change_message = [](Bytes& b) { b.pop_back(); }; },
           {kMalformed, "form"}},
          {"quote_longer",
           [](AzureSpec& s) { s.change_message = [](Bytes& b) { b.push_back(0); }; },
           {kMalformed, "form"}},
          {"pcr_changed",
           [](AzureSpec& s) { s.change_pcrs = [](auto& p) { p[7][0] ^= 1; }; },
           {kRefused, "vtpm.pcrs"}},
          {"pcrs_swapped",
           [](AzureSpec& s) { s.change_pcrs = [](auto& p) { std::swap(p[1], p[2]); }; },
           {kRefused, "vtpm.pcrs"}},
          {"no_pcr_selected",
           [](AzureSpec& s) {
             s.selection = {0, 0, 0};
           },
           {kRefused, "vtpm.pcrs"}},
          {"pcrs_of_another_bank", [](AzureSpec& s) { s.pcr_bank = 0x04; }, {kRefused, "vtpm.pcrs"}},
          {"pcr_too_short",
           [](AzureSpec& s) { s.change_pcrs = [](auto& p) { p[3].pop_back(); }; },
           {kMalformed, "form"}},
          {"pcr_more",
           [](AzureSpec& s) { s.change_pcrs = [](auto& p) { p.emplace_back(32); }; },
           {kMalformed, "form"}},
          {"pcr_missing",
           [](AzureSpec& s) { s.change_pcrs = [](auto& p) { p.pop_back(); }; },
           {kMalformed, "form"}},
          {"nonce_of_another", [](AzureSpec& s) { s.nonce = Bytes(8, 0x78); }, {kRefused, "nonce"}},
          {"nonce_longer", [](AzureSpec& s) { s.nonce = Bytes(9, 0x77); }, {kRefused, "nonce"}},
          {"nonce_not_asked",
           [](AzureSpec& s) { s.asked.reset(); },
           {kAccepted, "nonce", Outcome::kNotApplicable}},
          {"report_signed_by_another_key",
           [](AzureSpec& s) { s.change_snp = [](AmdSpec& a) { a.sign_with_other_key = true; }; },
           {kRefused, "report.signature"}},
          {"report_of_a_guest_beside_the_paravisor",
           [](AzureSpec& s) { s.change_snp = [](AmdSpec& a) { a.report[0x30] = 2; }; },
           {kRefused, "report.vmpl"}},
          {"debug",
           [](AzureSpec& s) { s.change_snp = [](AmdSpec& a) { a.report[0x0a] |= 8; }; },
           {kRefused, "debug"}},
          {"json_key_twice",
           [](AzureSpec& s) {
             s.change_json = [](std::string& j) { j.replace(j.size() - 1, 1, R"(,"report":[1]})"); };
           },
           {kMalformed, "form"}},
          {"json_number_too_large",
           [](AzureSpec& s) { s.change_json = [](std::string& j) { j.replace(j.find("[72"), 3, "[256"); }; },
           {kMalformed, "form"}},
          {"json_cut_off",
           [](AzureSpec& s) { s.change_json = [](std::string& j) { j.pop_back(); }; },
           {kMalformed, "form"}},
      });
  cases.run(judge);
}

TEST(AzureCases, WithATdInsideEachComesToItsVerdictByItsCheck) {
  AzureSpec good;
  good.tdx = true;
  Cases<AzureSpec> cases(good);
  cases.add("good", [](AzureSpec&) {}, {kAccepted, "runtime_data.binding", Outcome::kPassed});
  cases.add("no_quote", [](AzureSpec& s) { s.send_quote = false; },
            {kUndetermined, "td_quote", Outcome::kMissing});
  cases.add("runtime_data_not_bound", [](AzureSpec& s) { s.bind_runtime = false; },
            {kRefused, "runtime_data.binding"});
  cases.set("runtime_data_changed", &AzureSpec::change_runtime, [](std::string& r) { r[r.size() - 3] = '1'; },
            {kRefused, "runtime_data.binding"});
  cases.add("quote_of_the_vtpm_by_another_key", [](AzureSpec& s) { s.sign_with_other_key = true; },
            {kRefused, "vtpm.signature"});
  cases.set("pcr_changed", &AzureSpec::change_pcrs, [](std::vector<Bytes>& p) { p[7][0] ^= 1; },
            {kRefused, "vtpm.pcrs"});
  cases.add("nonce_of_another", [](AzureSpec& s) { s.nonce = Bytes(8, 0x78); }, {kRefused, "nonce"});
  const auto td = [&](std::string name, std::function<void(IntelSpec&)> change, Expectation wanted) {
    cases.set(std::move(name), &AzureSpec::change_td, std::move(change), std::move(wanted));
  };
  td("td_quote_with_more_than_the_hash", [](IntelSpec& i) { i.report[520 + 63] = 1; },
     {kRefused, "runtime_data.binding"});
  td("td_quote_signed_by_another_key", [](IntelSpec& i) { i.sign_quote_with_other_key = true; },
     {kRefused, "quote.signature"});
  td("td_quote_of_an_enclave", [](IntelSpec& i) { i = good_intel(4, false, false); }, {kMalformed, "form"});
  td("td_quote_cut_off", [](IntelSpec& i) { i.change_quote = [](Bytes& q) { q.pop_back(); }; },
     {kMalformed, "form"});
  td("td_quote_empty", [](IntelSpec& i) { i.change_quote = [](Bytes& q) { q.clear(); }; },
     {kMalformed, "form"});
  td("debug", [](IntelSpec& i) { i.report[120] |= 1; }, {kRefused, "debug"});
  td("pck_expired", [](IntelSpec& i) { i.pck.until = i.now - std::chrono::seconds(1); },
     {kRefused, "pck.validity"});
  td("pck_revoked", [](IntelSpec& i) { i.platform_revokes = {3}; }, {kRefused, "pck.revocation"});
  td("platform_out_of_date", [](IntelSpec& i) { i.components.assign(16, 2); }, {kRefused, "tcb.status"});
  td("root_not_trusted", [](IntelSpec& i) { i.trust_root = false; }, {kRefused, "pck.chain"});
  td("no_collateral", [](IntelSpec& i) { i.collateral.clear(); }, {kUndetermined});
  cases.run(judge);
}

TEST(AzureCases, TheReportAloneBindsUserDataAsNonce) {
  AzureSpec spec;
  spec.bare = true;
  spec.asked = Bytes{0};  // as in the runtime data
  expect(judge(spec), {kAccepted, "nonce", Outcome::kPassed});
  spec.asked = Bytes{1};
  expect(judge(spec), {kRefused, "nonce"});
}

}  // namespace
}  // namespace strongroom::attest::testing
