#include <algorithm>

#include "attest/intel/cases/quote_cases.h"

namespace strongroom::attest::testing {
namespace {

size_t report_at(const IntelSpec& spec) {
  return spec.version >= 5 ? 54 : 48;
}
size_t signature_at(const IntelSpec& spec) {
  return report_at(spec) + spec.report.size() + 4;
}
size_t qe_report_at(const IntelSpec& spec) {
  return signature_at(spec) + 128 + (spec.version >= 4 ? 6 : 0);
}
size_t authentication_at(const IntelSpec& spec) {
  return qe_report_at(spec) + 384 + 64;
}
size_t certification_at(const IntelSpec& spec) {
  return authentication_at(spec) + 2 + spec.authentication_data.size();
}

std::function<void(IntelSpec&)> flip(size_t (*base)(const IntelSpec&), size_t offset) {
  return [=](IntelSpec& spec) {
    const size_t at = base(spec) + offset;
    spec.change_quote = [at](Bytes& quote) { quote.at(at) ^= 0x80; };
  };
}
// Adds one to the little-endian number of 32 bits that stands there.
void grow(Bytes& quote, size_t at) {
  for (size_t i = at; ++quote.at(i) == 0 && i < at + 3;) ++i;
}

size_t zero(const IntelSpec&) {
  return 0;
}

}  // namespace

void add_field_cases(const Flavour& flavour, QuoteTable& out) {
  for (const ReportField& field : fields_of_header()) {
    const bool form = field.offset < 8;
    for (const size_t at : {field.offset, field.offset + field.size - 1})
      out.add("header_" + std::string(field.name) + "_" + std::to_string(at), flip(zero, at),
              form ? Expectation{kMalformed, "form"} : Expectation{kRefused, "quote.signature"});
  }
  for (const ReportField& field :
       flavour.tdx ? fields_of_td_report(flavour.td15) : fields_of_enclave_report())
    for (const size_t at : {field.offset, field.offset + field.size - 1})
      out.add("report_" + std::string(field.name) + "_" + std::to_string(at), flip(report_at, at),
              {kRefused, "quote.signature"});
  for (const ReportField& field : fields_of_enclave_report())
    out.add("qe_report_" + std::string(field.name), flip(qe_report_at, field.offset),
            {kRefused, "qe_report.signature"});
}

void add_signature_cases(QuoteTable& out) {
  out.add("tee_type_of_the_other", [](IntelSpec& s) { s.tee_type ^= 0x81; }, {kMalformed, "form"});
  out.add("quote_signature_r", flip(signature_at, 0), {kRefused, "quote.signature"});
  out.add("quote_signature_s", flip(signature_at, 63), {kRefused, "quote.signature"});
  out.add("attestation_key_changed", flip(signature_at, 64), {kRefused, "qe_report.data"});
  out.add("qe_report_signature_r", flip(qe_report_at, 384), {kRefused, "qe_report.signature"});
  out.add("qe_report_signature_s", flip(qe_report_at, 447), {kRefused, "qe_report.signature"});
  out.add("authentication_data_changed", flip(authentication_at, 2), {kRefused, "qe_report.data"});
  out.add("quote_signed_by_another_key", [](IntelSpec& s) { s.sign_quote_with_other_key = true; },
          {kRefused, "quote.signature"});
  out.add("qe_report_signed_by_another_key", [](IntelSpec& s) { s.sign_qe_report_with_other_key = true; },
          {kRefused, "qe_report.signature"});
  out.add("qe_does_not_vouch_for_the_key", [](IntelSpec& s) { s.bind_key = false; },
          {kRefused, "qe_report.data"});
  out.add("signature_all_zero",
          [](IntelSpec& s) {
            const size_t at = signature_at(s);
            s.change_quote = [at](Bytes& quote) {
              std::fill_n(quote.begin() + static_cast<ptrdiff_t>(at), 64, uint8_t{0});
            };
          },
          {kRefused, "quote.signature"});
  out.add("no_authentication_data", [](IntelSpec& s) { s.authentication_data.clear(); },
          {kAccepted, "qe_report.data", Outcome::kPassed});
}

void add_length_cases(QuoteTable& out) {
  const auto tamper = [&](const char* name, std::function<void(Bytes&, const IntelSpec&)> change,
                          Expectation wanted = {kMalformed, "form"}) {
    out.add(
        name,
        [change](IntelSpec& s) {
          const IntelSpec copy = s;
          s.change_quote = [change, copy](Bytes& quote) { change(quote, copy); };
        },
        wanted);
  };
  tamper("a_byte_follows", [](Bytes& quote, const IntelSpec&) { quote.push_back(1); });
  tamper("zeros_follow", [](Bytes& quote, const IntelSpec&) { quote.resize(quote.size() + 64); },
         {kAccepted});
  tamper("last_byte_missing", [](Bytes& quote, const IntelSpec&) { quote.pop_back(); });
  tamper("cut_in_the_signature",
         [](Bytes& quote, const IntelSpec& s) { quote.resize(signature_at(s) + 10); });
  tamper("cut_in_the_report", [](Bytes& quote, const IntelSpec& s) { quote.resize(report_at(s) + 10); });
  tamper("header_alone", [](Bytes& quote, const IntelSpec&) { quote.resize(48); });
  tamper("signature_length_huge", [](Bytes& quote, const IntelSpec& s) {
    std::fill_n(quote.begin() + static_cast<ptrdiff_t>(signature_at(s)) - 4, 4, uint8_t{0xff});
  });
  tamper("signature_length_one_more", [](Bytes& quote, const IntelSpec& s) { ++quote[signature_at(s) - 4]; });
  tamper("signature_length_one_less", [](Bytes& quote, const IntelSpec& s) { --quote[signature_at(s) - 4]; });
  tamper("signature_length_zero", [](Bytes& quote, const IntelSpec& s) {
    std::fill_n(quote.begin() + static_cast<ptrdiff_t>(signature_at(s)) - 4, 4, uint8_t{0});
  });
  tamper("authentication_length_huge",
         [](Bytes& quote, const IntelSpec& s) { quote[authentication_at(s) + 1] = 0xff; });
  tamper("certification_length_huge", [](Bytes& quote, const IntelSpec& s) {
    std::fill_n(quote.begin() + static_cast<ptrdiff_t>(certification_at(s)) + 2, 4, uint8_t{0xff});
  });
  tamper("certification_length_one_less",
         [](Bytes& quote, const IntelSpec& s) { --quote[certification_at(s) + 2]; });
  tamper("certification_type_zero", [](Bytes& quote, const IntelSpec& s) { quote[certification_at(s)] = 0; });
  tamper("certification_type_six_inside",
         [](Bytes& quote, const IntelSpec& s) { quote[certification_at(s)] = 6; });
  tamper("certification_type_unknown",
         [](Bytes& quote, const IntelSpec& s) { quote[certification_at(s)] = 8; });
  // What an attacker can put between what is signed and what is read.
  tamper("a_byte_inside_the_signature_data", [](Bytes& quote, const IntelSpec& s) {
    grow(quote, signature_at(s) - 4);
    quote.push_back(0);
  });
  tamper("a_byte_inside_the_certification_data_of_version_4", [](Bytes& quote, const IntelSpec& s) {
    grow(quote, signature_at(s) - 4);
    if (s.version >= 4) grow(quote, signature_at(s) + 130);
    quote.push_back(0);
  });
  tamper("certification_type_outside_is_another", [](Bytes& quote, const IntelSpec& s) {
    quote[s.version >= 4 ? signature_at(s) + 128 : certification_at(s)] = s.version >= 4 ? 5 : 6;
  });
  tamper("body_type_unknown", [](Bytes& quote, const IntelSpec& s) { quote[s.version >= 5 ? 48 : 0] = 9; });
  tamper("body_size_of_another",
         [](Bytes& quote, const IntelSpec& s) { quote[s.version >= 5 ? 50 : 0] ^= 8; });
  tamper("version_six", [](Bytes& quote, const IntelSpec&) { quote[0] = 6; }, {kMalformed, "form"});
  tamper("empty", [](Bytes& quote, const IntelSpec&) { quote.clear(); });
}

}  // namespace strongroom::attest::testing
