#include "attest/corim/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "attest/collateral.h"
#include "base/encoding.h"
#include "crypto/chain.h"

namespace strongroom::attest {
namespace {

constexpr std::string_view kSnpByChip = "1.3.6.1.4.1.3704.3.1", kSnpByProvider = "1.3.6.1.4.1.3704.3.2";

// A TOML string; policies are ASCII.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += fmt::format("\\{}", c);
    } else {
      out += byte < 0x20 || byte >= 0x7f ? "?" : std::string(1, c);
    }
  }
  return out + "\"";
}

std::string hex_list(const std::vector<Bytes>& values) {
  std::vector<std::string> texts;
  for (const Bytes& value : values) texts.push_back("\"" + to_hex(value) + "\"");
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// AMD's profile, section 3.2: the keys of measurements. Those that hold numbers in a layout of their own
// (policy, versions, TCB) are not here.
std::string snp_key(const std::string& key) {
  static const std::map<std::string, std::string> kKeys = {
      {"3", "snp.family_id"},           {"4", "snp.image_id"},    {"640", "report_data"},
      {"641", "measurement"},           {"642", "snp.host_data"}, {"643", "signer"},
      {"644", "snp.author_key_digest"}, {"645", "snp.report_id"}, {"646", "snp.report_id_ma"},
      {"3328", "snp.chip_id"}};
  const auto found = kKeys.find(key);
  return found == kKeys.end() ? "" : found->second;
}

// Which claim a measurement speaks of; empty: not known.
std::string claim_of(const CorimMeasurement& measurement, const std::string& tee, bool amd) {
  if (measurement.key.empty()) return "measurement";
  if (amd) return snp_key(measurement.key);
  const std::string key = lower(measurement.key);
  if (key == "mrenclave" || key == "mrtd" || key == "measurement") return "measurement";
  if (key == "mrsigner" || key == "signer") return "signer";
  if (key == "report_data") return key;
  const bool name = key.find('.') != std::string::npos && std::all_of(key.begin(), key.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
                    });
  return name && !tee.empty() ? key : "";
}

std::string register_claim(const std::string& tee, const std::string& index) {
  const bool number = !index.empty() && index.size() < 3 &&
                      std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return "";
  if (tee == "tdx") return "tdx.rtmr" + index;
  if (tee == "nitro" || tee == "tpm") return tee + ".pcr" + index;
  return "";
}

// One rule under construction.
class Rule {
 public:
  Rule(const CorimReference& reference, const CorimImport& import, size_t number)
      : reference_(reference), import_(import), number_(number) {
    amd_ = reference.class_id == kSnpByChip || reference.class_id == kSnpByProvider;
    tee_ = amd_ ? "sev-snp" : import.tee;
  }

  Result<std::string> text() {
    if (tee_.empty())
      return fail(ErrorCode::kUnsupported,
                  fmt::format("CoRIM: reference {} does not tell its TEE (class {}); name it with --tee",
                              number_, reference_.class_id.empty() ? "none" : reference_.class_id));
    if (amd_ && !import_.tee.empty() && import_.tee != tee_)
      return fail(ErrorCode::kInvalidArgument, fmt::format("CoRIM: reference {} is of sev-snp", number_));
    if (reference_.names_instance) dropped_.emplace_back("it is meant for one instance or group alone");
    for (const CorimMeasurement& measurement : reference_.measurements) add(measurement);
    if (!dropped_.empty() && !import_.insecure_partial)
      return fail(
          ErrorCode::kUnsupported,
          fmt::format(
              "CoRIM: reference {} demands what a policy cannot: {}; --insecure-partial leaves it out",
              number_, fmt::join(dropped_, ", ")));
    if (!values_.contains("measurement") && !values_.contains("signer"))
      return fail(ErrorCode::kUnsupported,
                  fmt::format("CoRIM: reference {} names neither measurement nor signer", number_));
    return written();
  }

 private:
  void add(const CorimMeasurement& measurement) {
    for (const std::string& unknown : measurement.unknown) dropped_.push_back(label(measurement) + unknown);
    if (measurement.minimum_svn) {
      const bool common = measurement.key.empty() || (amd_ && measurement.key == "1");
      if (common) {
        minimum_svn_ = std::max(minimum_svn_.value_or(0), *measurement.minimum_svn);
      } else {
        dropped_.push_back(label(measurement) + "a minimum SVN");
      }
    }
    std::vector<Bytes> values = measurement.digests;
    if (measurement.raw) values.push_back(*measurement.raw);
    // A digest and a raw value of one measurement must both hold.
    if (measurement.raw && !measurement.digests.empty())
      dropped_.push_back(label(measurement) + "digest and raw value");
    if (!values.empty()) require(claim_of(measurement, tee_, amd_), label(measurement), values);
    for (const auto& [index, digests] : measurement.registers)
      if (!digests.empty()) require(register_claim(tee_, index), "register " + index, digests);
  }

  // Two conditions on one claim must both hold: what both allow.
  void require(const std::string& claim, const std::string& what, std::vector<Bytes> values) {
    if (claim.empty()) {
      dropped_.push_back(what + " is of no claim that is known");
      return;
    }
    auto [place, fresh] = values_.try_emplace(claim, values);
    if (fresh) return;
    std::vector<Bytes> both;
    for (const Bytes& value : place->second)
      if (std::find(values.begin(), values.end(), value) != values.end()) both.push_back(value);
    if (both.empty()) {
      dropped_.push_back(claim + " would have to be two values at once");
    } else {
      place->second = std::move(both);
    }
  }

  static std::string label(const CorimMeasurement& measurement) {
    return measurement.key.empty() ? "" : "measurement " + measurement.key + ": ";
  }

  [[nodiscard]] std::string written() const {
    std::string name = reference_.vendor;
    if (!reference_.model.empty()) name += (name.empty() ? "" : " ") + reference_.model;
    if (name.empty()) name = reference_.class_id.empty() ? "reference" : reference_.class_id;
    std::string out =
        fmt::format("\n[[allow]]\nname = {}\n", quoted(fmt::format("{}, reference {}", name, number_)));
    for (const std::string& what : dropped_) out += "# LEFT OUT: " + quoted(what) + "\n";
    out += fmt::format("tee = [{}]\n", quoted(tee_));
    for (const char* common : {"measurement", "signer", "report_data"})
      if (const auto found = values_.find(common); found != values_.end())
        out += fmt::format("{} = {}\n", common, hex_list(found->second));
    if (minimum_svn_) out += fmt::format("minimum_svn = {}\n", *minimum_svn_);
    bool first = true;
    for (const auto& [claim, values] : values_) {
      if (claim.find('.') == std::string::npos) continue;
      if (first) out += "[allow.claims]\n";
      first = false;
      out += fmt::format("{} = {}\n", quoted(claim), hex_list(values));
    }
    return out;
  }

  const CorimReference& reference_;
  const CorimImport& import_;
  size_t number_;
  bool amd_ = false;
  std::string tee_;
  std::map<std::string, std::vector<Bytes>> values_;
  std::optional<uint64_t> minimum_svn_;
  std::vector<std::string> dropped_;
};

Result<std::string> check_signature(const Corim& corim, const CorimImport& import) {
  if (!corim.envelope) return "Unsigned: whoever gave the file vouches for it.";
  if (import.insecure_unverified) return "Signed, but the signature was NOT checked.";
  std::vector<crypto::PublicKey> keys;
  if (import.keys != nullptr) {
    const CollateralContents& contents = import.keys->contents();
    keys = contents.public_keys;
    for (const crypto::Certificate& certificate : contents.certificates)
      if (certificate.validity().contains(import.time)) keys.push_back(certificate.key());
    for (const Jwk& key : contents.json_web_keys) keys.push_back(key.key);
  }
  if (keys.empty())
    return fail(
        ErrorCode::kVerificationFailed,
        "CoRIM: it is signed; give its signer's key or certificate with --key, or --insecure-unverified");
  for (const crypto::PublicKey& key : keys) {
    if (verify_cose_sign1(*corim.envelope, key, cose_algorithm_of(key.type())))
      return fmt::format("Signed by the key with SHA-256 {}.", to_hex(key.fingerprint()));
  }
  return fail(ErrorCode::kVerificationFailed, "CoRIM: no given key signed it");
}

}  // namespace

Result<std::string> import_corim(ByteView bytes, const CorimImport& import) {
  const Corim corim = TRY(parse_corim(bytes));
  const std::string trust = TRY(check_signature(corim, import));
  if (corim.validity && !corim.validity->contains(import.time))
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("CoRIM: it is valid from {} to {} only", crypto::time_text(corim.validity->from),
                            crypto::time_text(corim.validity->until)));
  if (corim.references.empty()) return fail(ErrorCode::kUnsupported, "CoRIM: it holds no reference values");
  std::string out = fmt::format("# Reference values of CoRIM {}\n# {}\n", quoted(corim.id), trust);
  if (corim.validity) out += fmt::format("# Valid until {}\n", crypto::time_text(corim.validity->until));
  if (corim.passed_over != 0)
    out += fmt::format("# {} tags or kinds of triples that are no reference values were passed over.\n",
                       corim.passed_over);
  out += "version = 1\n";
  for (size_t i = 0; i < corim.references.size(); ++i)
    out += TRY(Rule(corim.references[i], import, i + 1).text());
  // What is written here is a policy, or it is not given out.
  TRY(Policy::parse(out, "imported policy"));
  return out;
}

}  // namespace strongroom::attest
