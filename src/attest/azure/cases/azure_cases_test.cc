// Evidence of an Azure of our own, each piece broken in one way, with the check that must refuse it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attest/testing/amd_world.h"
#include "attest/testing/cases.h"
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
  uint32_t hash_type = 1, report_type = 2, hcl_version = 2;
  std::string key_name = "HCLAkPub";
  std::function<void(std::string& runtime)> change_runtime;   // after it was bound
  std::function<void(std::vector<Bytes>& pcrs)> change_pcrs;  // after they were quoted
  std::function<void(Bytes&)> change_message, change_signature, change_hcl;
  std::function<void(AmdSpec&)> change_snp;
  std::function<void(std::string&)> change_json;
};

std::string numbers(ByteView bytes) {
  return fmt::format("[{}]", fmt::join(bytes, ","));
}

VerificationResult judge(const AzureSpec& spec) {
  static const Key kKey = Key::make(Key::Kind::kRsa2048), kOther = Key::make(Key::Kind::kRsa2048);
  std::string runtime = fmt::format(
      R"({{"keys":[{{"kid":"{}","kty":"RSA","e":"AQAB","n":"{}"}}],"vm-configuration":{{"secure-boot":true}},"user-data":"00"}})",
      spec.key_name, to_base64url(kKey.modulus()));
  AmdSpec snp = good_amd(3, "Milan", false);
  std::fill_n(snp.report.begin() + 0x50, 64, uint8_t{0});
  if (spec.bind_runtime) {
    const auto hash = crypto::sha256(as_bytes(runtime));
    std::copy(hash.begin(), hash.end(), snp.report.begin() + 0x50);
  }
  if (spec.change_snp) spec.change_snp(snp);
  const auto built = build(snp);
  if (spec.change_runtime) spec.change_runtime(runtime);
  ByteWriter hcl;
  hcl.bytes(as_bytes("HCLA")).little(spec.hcl_version).zeros(24).bytes(built->evidence);
  hcl.little(static_cast<uint32_t>(runtime.size() + 20))
      .little(uint32_t{1})
      .little(spec.report_type)
      .little(spec.hash_type);
  hcl.little(static_cast<uint32_t>(runtime.size())).bytes(as_bytes(runtime)).zeros(30);
  Bytes hcl_report = hcl.take();
  if (spec.change_hcl) spec.change_hcl(hcl_report);

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
  std::string json = fmt::format(R"({{"report":{},"quote":{{"message":{},"signature":{},"pcrs":[{}]}}}})",
                                 numbers(hcl_report), numbers(message), numbers(signature), pcr_list);
  if (spec.change_json) spec.change_json(json);
  built->options.nonce = spec.asked;
  return verify(as_bytes(json), built->options);
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

}  // namespace
}  // namespace strongroom::attest::testing
