#include "attest/wrapping/wrapping_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "attest/binding.h"
#include "attest/cmw/cmw_format.h"
#include "attest/json.h"
#include "attest/nesting.h"
#include "attest/tpm/event_log.h"
#include "attest/wrapping/dstack_events.h"
#include "attest/wrapping/text.h"
#include "attest/wrapping/tool_json.h"
#include "crypto/digest.h"

namespace strongroom::attest::wrapping {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;
constexpr unsigned kMaximumDepth = 4;
constexpr size_t kShortestText = 32;

// Recognising a wrapping means recognising what is inside, whose depth is the sender's choice.
thread_local unsigned depth = 0;

// The readings of a text that are evidence.
std::vector<Reading> evidence_in_text(ByteView bytes) {
  const Nested nested(depth);
  if (depth > kMaximumDepth || bytes.size() < kShortestText) return {};
  std::vector<Reading> all = readings(as_text(bytes));
  std::erase_if(all, [](const Reading& reading) { return detect(reading.bytes) == nullptr; });
  return all;
}

bool is_text(ByteView bytes) {
  return !evidence_in_text(bytes).empty();
}

std::optional<ToolJson> evidence_in_json(ByteView bytes) {
  const Nested nested(depth);
  if (depth > kMaximumDepth || !begins_json(as_text(bytes), '{')) return std::nullopt;
  auto read = read_tool_json(bytes);
  if (!read || read->candidates.empty()) return std::nullopt;
  return std::move(*read);
}

bool is_tool_json(ByteView bytes) {
  return evidence_in_json(bytes).has_value();
}

void ambiguous(const std::vector<std::string>& meanings, Assessment& assessment) {
  assessment.malformed(
      {ErrorCode::kMalformed, fmt::format("which evidence is meant? It can be {}; give one of them by itself",
                                          fmt::join(meanings, ", or "))});
}

void judge_text(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const std::vector<Reading> all = evidence_in_text(bytes);
  if (all.size() != 1) {
    std::vector<std::string> meanings;
    for (const Reading& reading : all)
      meanings.push_back(fmt::format("{} in {}", detect(reading.bytes)->name, reading.encoding));
    return ambiguous(meanings, assessment);
  }
  assessment.pass(Concern::kForm, "wrapping.text",
                  fmt::format("taken out of text, in {}", all.front().encoding));
  cmw::unwrap("text", all.front().bytes, options, assessment);
  constexpr std::string_view kPrefix = "text/";
  if (assessment.result.format.starts_with(kPrefix)) assessment.result.format.erase(0, kPrefix.size());
}

// `value` itself, or a hash of it, with the verifier's nonce before it where there is one.
std::optional<std::string> how_bound(const std::optional<Bytes>& report_data, const Bytes& nonce,
                                     const Bytes& value) {
  if (nonce.empty() && binds_hash(report_data, value)) return "itself";
  Bytes whole = nonce;
  whole.insert(whole.end(), value.begin(), value.end());
  const std::string_view after = nonce.empty() ? "" : " after the verifier's nonce";
  if (binds_hash(report_data, crypto::sha256(whole))) return fmt::format("by SHA-256{}", after);
  if (binds_hash(report_data, crypto::sha384(whole))) return fmt::format("by SHA-384{}", after);
  if (binds_hash(report_data, crypto::sha512(whole))) return fmt::format("by SHA-512{}", after);
  return std::nullopt;
}

void judge_held(const ToolJson& json, Assessment& assessment) {
  const std::optional<Bytes> report_data = assessment.result.claims.report_data;
  for (const HeldData& held : json.held) {
    std::optional<std::string> how;
    for (const Bytes& value : held.values) {
      if (how) break;
      how = how_bound(report_data, json.nonce, value);
      // Where a nonce ends and the data begin is for its verifier to know: the hash is the same wherever a
      // sender puts the border. So they are no claim then.
      if (how && json.nonce.empty()) assessment.result.claims.vendor["wrapping." + held.name] = value;
    }
    assessment.expect(
        how.has_value(), kAuthenticity, "wrapping.binding",
        fmt::format("the evidence binds {} {}", held.name, how.value_or("")),
        fmt::format("the report data are neither {} nor its SHA-256, SHA-384 or SHA-512{}: nothing "
                    "vouches for it; give the evidence by itself, or the data that it binds",
                    held.name, json.nonce.empty() ? "" : " after the verifier's nonce"));
  }
  if (json.held.empty() && !json.nonce.empty())
    assessment.expect(how_bound(report_data, json.nonce, {}).has_value(), kAuthenticity, "wrapping.binding",
                      "the evidence binds the verifier's nonce",
                      "the report data are no hash of the verifier's nonce");
  for (const HeldData& said : json.report_data) {
    const bool same = std::any_of(said.values.begin(), said.values.end(),
                                  [&](const Bytes& value) { return binds_hash(report_data, value); });
    assessment.expect(same, kAuthenticity, "wrapping.report_data",
                      fmt::format("{} is that of the evidence", said.name),
                      fmt::format("{} is not that of the evidence", said.name));
  }
}

void judge_json(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto json = evidence_in_json(bytes);
  if (!json || json->candidates.size() != 1) {
    std::vector<std::string> meanings;
    for (const Candidate& one : json ? json->candidates : std::vector<Candidate>())
      meanings.push_back(fmt::format("{} in {} of {}", detect(one.evidence)->name, one.encoding, one.path));
    return ambiguous(meanings, assessment);
  }
  const Candidate& found = json->candidates.front();
  assessment.pass(Concern::kForm, "wrapping.json",
                  fmt::format("taken out of JSON: {}, in {}", found.path, found.encoding));
  if (options == nullptr) {
    cmw::unwrap("json", found.evidence, nullptr, assessment);
    return;
  }
  Collateral carried;
  for (const Bytes& part : json->collateral)
    if (const auto kinds = carried.add(part, "JSON"); !kinds)
      assessment.warn(Concern::kForm, "wrapping.collateral", "passed over: " + kinds.error().message);
  Collateral joined = join_carried(options->collateral, carried.contents());
  // A log counts by being the story behind the registers.
  for (const Bytes& log : json->event_logs)
    if (tpm::looks_like_event_log(log)) (void)joined.add(log, "event log of the JSON");
  VerificationOptions with_carried = *options;
  with_carried.collateral = &joined;
  cmw::unwrap("json", found.evidence, &with_carried, assessment);
  judge_held(*json, assessment);
  if (!json->events.empty()) judge_dstack_events(json->events, assessment);
  if (!json->ignored.empty())
    assessment.skip(Concern::kForm, "wrapping.ignored",
                    fmt::format("other members are nobody's word, and not looked at: {}",
                                fmt::join(json->ignored, ", ")));
}

}  // namespace

Bytes without_text(ByteView evidence) {
  Bytes bytes = to_bytes(evidence);
  while (detect(bytes) == &kTextFormat) {
    std::vector<Reading> all = evidence_in_text(bytes);
    if (all.size() != 1) break;
    bytes = std::move(all.front().bytes);
  }
  return bytes;
}

Bytes innermost(ByteView evidence) {
  Bytes bytes = without_text(evidence);
  while (detect(bytes) == &kToolJsonFormat) {
    auto json = evidence_in_json(bytes);
    if (!json || json->candidates.size() != 1) break;
    bytes = without_text(json->candidates.front().evidence);
  }
  return bytes;
}

constinit const EvidenceFormat kTextFormat = {"text", "evidence as hexadecimal or base64 text", is_text,
                                              decode_by<judge_text>, verify_by<judge_text>};
constinit const EvidenceFormat kToolJsonFormat = {"json", "evidence in the JSON of clouds and tools",
                                                  is_tool_json, decode_by<judge_json>, verify_by<judge_json>};

}  // namespace strongroom::attest::wrapping
