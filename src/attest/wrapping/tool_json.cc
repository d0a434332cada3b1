#include "attest/wrapping/tool_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "attest/format.h"
#include "attest/json.h"
#include "attest/wrapping/text.h"
#include "base/encoding.h"

namespace strongroom::attest::wrapping {
namespace {

using nlohmann::json;
using Names = std::span<const std::string_view>;

constexpr size_t kLargest = size_t{8} << 20;
constexpr unsigned kMaximumDepth = 3;
constexpr size_t kMaximumCandidates = 4, kMaximumIgnored = 12, kLongestName = 40;

constexpr std::array<std::string_view, 24> kEvidence = {"quote",
                                                        "Quote",
                                                        "tdx",
                                                        "sgx",
                                                        "td_quote",
                                                        "tdQuote",
                                                        "tdx_quote",
                                                        "sgx_quote",
                                                        "intel_quote",
                                                        "raw_quote",
                                                        "evidence",
                                                        "report",
                                                        "snp",
                                                        "sevsnp",
                                                        "SnpReport",
                                                        "snp_report",
                                                        "attestation",
                                                        "attestation_report",
                                                        "attestationReport",
                                                        "attestation_document",
                                                        "attestationDocument",
                                                        "attestation_doc",
                                                        "document",
                                                        "nitro"};
constexpr std::array<std::string_view, 8> kHeld = {"runtime_data", "runtimeData", "user_data",
                                                   "userData",     "held_data",   "enclave_held_data",
                                                   "heldData",     "user-data"};
constexpr std::array<std::string_view, 2> kReportData = {"report_data", "reportData"};
constexpr std::array<std::string_view, 9> kCertificates = {
    "VcekCertChain", "vcekCert", "certificateChain", "vcek_cert_chain", "vcek",
    "cert_chain",    "certs",    "certificates",     "auxblob"};
constexpr std::array<std::string_view, 4> kEventLogs = {"event_log", "eventlog", "cc_eventlog", "ccel"};

bool among(Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<Bytes> numbers(const json& value) {
  if (!value.is_array() || value.empty()) return std::nullopt;
  Bytes out;
  out.reserve(value.size());
  for (const json& number : value) {
    if (!number.is_number_unsigned() || number.get<uint64_t>() > 255) return std::nullopt;
    out.push_back(static_cast<uint8_t>(number.get<uint64_t>()));
  }
  return out;
}

// Every way to read a member as bytes.
std::vector<Reading> readings_of(const json& value) {
  if (auto bytes = numbers(value)) return {{std::move(*bytes), "numbers"}};
  if (!value.is_string()) return {};
  return readings(value.get_ref<const std::string&>());
}

class Reader {
 public:
  Result<ToolJson> read(ByteView text) {
    const json object = TRY_IN("JSON around evidence", parse_json(text));
    if (!object.is_object()) return fail(ErrorCode::kMalformed, "JSON around evidence: it is no object");
    search(object, "", 1);
    if (out_.candidates.size() == 1) {
      for (const json* around : path_) beside(*around);
      if (carries_bundle_) out_.collateral.push_back(to_bytes(text));
    }
    return std::move(out_);
  }

 private:
  // The object itself joins path_ where the only candidate stands in it.
  bool search(const json& object, const std::string& prefix, unsigned depth) {
    bool found = false;
    for (const auto& [name, value] : object.items()) {
      if (!among(kEvidence, name) || out_.candidates.size() == kMaximumCandidates) continue;
      if (value.is_object()) {
        if (depth < kMaximumDepth) found = search(value, prefix + name + ".", depth + 1) || found;
      } else {
        found = take(value, prefix + name) || found;
      }
    }
    if (found) path_.push_back(&object);
    return found;
  }

  bool take(const json& value, const std::string& path) {
    const size_t before = out_.candidates.size();
    if (value.is_string()) {
      const ByteView text = as_bytes(value.get_ref<const std::string&>());
      if (as_text(text).starts_with('{') && detect(text) != nullptr)
        out_.candidates.push_back({path, "JSON", to_bytes(text)});
    }
    for (Reading& reading : readings_of(value))
      if (detect(reading.bytes) != nullptr)
        out_.candidates.push_back({path, std::move(reading.encoding), std::move(reading.bytes)});
    return out_.candidates.size() != before;
  }

  void beside(const json& object) {
    for (const auto& [name, value] : object.items()) {
      if (value.is_null() || is_candidate(name)) continue;
      if (among(kHeld, name)) {
        hold(name, value, out_.held);
      } else if (among(kReportData, name)) {
        hold(name, value, out_.report_data);
      } else if (name == "verifier_nonce" && value.is_object()) {
        take_nonce(value);
      } else if (among(kCertificates, name)) {
        take_certificates(value);
      } else if (among(kEventLogs, name)) {
        take_event_log(value);
      } else if (name == "collateral" && value.is_object()) {
        carries_bundle_ = true;
      } else if (out_.ignored.size() < kMaximumIgnored) {
        out_.ignored.push_back(name.substr(0, kLongestName));
      }
    }
  }

  bool is_candidate(const std::string& name) const {
    const std::string& path = out_.candidates.front().path;
    for (size_t at = 0; at < path.size();) {
      const size_t end = std::min(path.find('.', at), path.size());
      if (std::string_view(path).substr(at, end - at) == name) return true;
      at = end + 1;
    }
    return false;
  }

  // Text may be what is held, or stand for it. Azure Attestation says {"data": ..., "dataType": ...}.
  void hold(const std::string& name, const json& given, std::vector<HeldData>& to) {
    const json& value = given.is_object() && given.contains("data") ? given["data"] : given;
    HeldData held{name, {}};
    for (Reading& reading : readings_of(value)) held.values.push_back(std::move(reading.bytes));
    if (value.is_string()) held.values.push_back(to_bytes(as_bytes(value.get_ref<const std::string&>())));
    // Nothing is no claim.
    if (value.is_string() && value.get_ref<const std::string&>().empty()) return;
    to.push_back(std::move(held));
  }

  void take_nonce(const json& value) {
    for (const char* part : {"val", "iat"}) {
      const auto text = json_text(value, part);
      auto all = text ? readings(*text) : std::vector<Reading>();
      const auto base64 = std::find_if(all.begin(), all.end(), [](const Reading& reading) {
        return reading.encoding.starts_with("base64");
      });
      // One that cannot be read is bound by nothing: it stands for itself, and no hash will fit.
      const Bytes bytes = base64 == all.end() ? Bytes{0} : base64->bytes;
      out_.nonce.insert(out_.nonce.end(), bytes.begin(), bytes.end());
    }
  }

  void take_certificates(const json& value) {
    if (value.is_array() && !value.empty() && !value.front().is_number()) {
      for (const json& one : value)
        if (!one.is_array()) take_certificates(one);
      return;
    }
    if (out_.collateral.size() >= 16) return;
    if (value.is_string() && value.get_ref<const std::string&>().find("-----BEGIN ") != std::string::npos) {
      out_.collateral.push_back(to_bytes(as_bytes(value.get_ref<const std::string&>())));
      return;
    }
    for (Reading& reading : readings_of(value)) {
      out_.collateral.push_back(std::move(reading.bytes));
    }
  }

  void take_event_log(const json& value) {
    if (value.is_array() && !numbers(value)) {
      out_.events = value.dump(-1, ' ', false, json::error_handler_t::replace);
      return;
    }
    if (value.is_string()) {
      const std::string& text = value.get_ref<const std::string&>();
      if (begins_json(text, '[')) {
        out_.events = text;
        return;
      }
    }
    for (Reading& reading : readings_of(value)) out_.event_logs.push_back(std::move(reading.bytes));
  }

  ToolJson out_;
  std::vector<const json*> path_;
  bool carries_bundle_ = false;
};

}  // namespace

Result<ToolJson> read_tool_json(ByteView text) {
  if (text.size() > kLargest)
    return fail(ErrorCode::kMalformed, "JSON around evidence: it is larger than 8 MiB");
  return Reader().read(text);
}

}  // namespace strongroom::attest::wrapping
