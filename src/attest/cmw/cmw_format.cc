#include "attest/cmw/cmw_format.h"

#include <fmt/format.h>

#include "attest/cmw/cmw.h"
#include "attest/cmw/tsm_report.h"
#include "attest/nesting.h"

namespace strongroom::attest::cmw {
namespace {

constexpr unsigned kMaximumDepth = 4;

// How many wrappers are open in this thread: their depth is the sender's choice.
thread_local unsigned depth = 0;

bool is_evidence(const Record& record) {
  return !record.indicator || (*record.indicator & kEvidence) != 0;
}

struct Found {
  std::string label;
  const Record* record;
};

void find_evidence(const std::vector<Item>& items, const std::string& prefix, std::vector<Found>& out) {
  for (const Item& item : items) {
    const std::string label = prefix + item.label;
    if (const auto* record = std::get_if<Record>(&item.content)) {
      if (is_evidence(*record)) out.push_back({label, record});
    } else {
      find_evidence(std::get<std::vector<Item>>(item.content), label + ".", out);
    }
  }
}

// Several pieces of evidence are layers, and every one of them counts.
void judge_layers(const std::vector<Found>& all, const VerificationOptions* options, Assessment& assessment) {
  assessment.result.format = "cmw";
  assessment.pass(Concern::kForm, "form", fmt::format("a collection with {} pieces of evidence", all.size()));
  bool authentic = true;
  for (const Found& found : all) {
    Assessment layer;
    if (detect(found.record->value) != nullptr) {
      unwrap("cmw", found.record->value, options, layer);
    } else {
      layer.result.format = "cmw";
      layer.miss(Concern::kAuthenticity, "cmw.evidence",
                 fmt::format("{} is {}, which is evidence of no known format", found.label,
                             type_text(*found.record)));
    }
    layer.conclude();
    authentic = authentic && layer.result.authentic;
    assessment.result.layers.push_back(std::move(layer.result));
  }
  if (authentic)
    assessment.pass(Concern::kAuthenticity, "collection", "every piece of evidence in it is authentic");
}

void judge(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto message = parse_cmw(bytes);
  if (!message) {
    assessment.malformed(message.error());
    return;
  }
  std::vector<Found> all;
  if (const auto* record = std::get_if<Record>(&*message)) {
    if (is_evidence(*record)) all.push_back({"", record});
  } else {
    find_evidence(std::get<std::vector<Item>>(*message), "", all);
  }
  if (all.empty()) {
    assessment.result.format = "cmw";
    assessment.pass(Concern::kForm, "form", "the wrapper has the form that its draft prescribes");
    assessment.miss(Concern::kAuthenticity, "cmw.evidence", "nothing in the wrapper is evidence");
    return;
  }
  if (all.size() > 1) return judge_layers(all, options, assessment);
  assessment.result.claims.vendor["cmw.type"] = type_text(*all.front().record);
  unwrap("cmw", all.front().record->value, options, assessment);
}

void judge_ratsd(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto wrapper = wrapper_of_ratsd_token(bytes);
  wrapper ? unwrap("ratsd", *wrapper, options, assessment) : assessment.malformed(wrapper.error());
}

void judge_tsm(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto evidence = evidence_of_tsm_report(bytes);
  evidence ? unwrap("tsm", *evidence, options, assessment) : assessment.malformed(evidence.error());
}

}  // namespace

void unwrap(std::string_view wrapper, ByteView inner, const VerificationOptions* options,
            Assessment& assessment) {
  const Nested nested(depth);
  const EvidenceFormat* format = depth > kMaximumDepth ? nullptr : detect(inner);
  assessment.result.format = wrapper;
  if (format == nullptr) {
    assessment.malformed({ErrorCode::kMalformed,
                          depth > kMaximumDepth
                              ? std::string("wrappers are nested more than 4 deep")
                              : fmt::format("what the {} holds is evidence of no known format", wrapper)});
    return;
  }
  assessment.result.format = format->name;
  options == nullptr ? format->decode(inner, assessment) : format->verify(inner, *options, assessment);
  assessment.result.format = fmt::format("{}/{}", wrapper, assessment.result.format);
}

constinit const EvidenceFormat kCmwFormat = {"cmw", "conceptual message wrappers, JSON and CBOR",
                                             looks_like_cmw, decode_by<judge>, verify_by<judge>};
constinit const EvidenceFormat kRatsdFormat = {"ratsd", "tokens of ratsd", looks_like_ratsd_token,
                                               decode_by<judge_ratsd>, verify_by<judge_ratsd>};
constinit const EvidenceFormat kTsmFormat = {"tsm", "reports of Linux's configfs-tsm", looks_like_tsm_report,
                                             decode_by<judge_tsm>, verify_by<judge_tsm>};

}  // namespace strongroom::attest::cmw
