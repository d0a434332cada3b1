#include "attest/tpm/tpm_format.h"

#include <fmt/format.h>

#include "attest/tpm/event_log_check.h"
#include "attest/tpm/secure_boot.h"
#include "attest/tpm/tpm_evidence.h"
#include "attest/tpm/tpm_signer.h"

namespace strongroom::attest::tpm {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;

bool looks_like_tpm(ByteView bytes) {
  return looks_like_tpm_quote(bytes) || looks_like_attestation_protobuf(bytes) ||
         looks_like_attestation_json(bytes);
}

Result<TpmEvidence> parse(ByteView bytes, const CollateralContents& collateral) {
  if (looks_like_tpm_quote(bytes)) return gather(bytes, collateral);
  if (looks_like_attestation_protobuf(bytes)) return parse_attestation_protobuf(bytes);
  return parse_attestation_json(bytes);
}

struct Pieces {
  TpmEvidence evidence;
  std::vector<TpmQuote> quotes;
};

void fill_claims(const TpmQuote& quote, Claims& claims) {
  claims.tee = "tpm";
  claims.nonce = quote.extra_data;
  claims.report_data = quote.extra_data;
  claims.vendor["tpm.qualified_signer"] = quote.qualified_signer;
  claims.vendor["tpm.reset_count"] = uint64_t{quote.reset_count};
  claims.vendor["tpm.restart_count"] = uint64_t{quote.restart_count};
  claims.vendor["tpm.clock"] = quote.clock;
  claims.vendor["tpm.clock_safe"] = quote.clock_safe;
  claims.vendor["tpm.firmware_version"] = quote.firmware_version;
}

std::optional<Pieces> read(ByteView bytes, const CollateralContents& collateral, Assessment& assessment) {
  auto evidence = parse(bytes, collateral);
  if (!evidence) {
    assessment.malformed(evidence.error());
    return std::nullopt;
  }
  assessment.result.format = evidence->wrapping;
  assessment.result.claims.tee = "tpm";
  if (evidence->version != 2) {
    assessment.fail(
        Concern::kGuard, "tpm.version",
        fmt::format("evidence of a TPM of version {}, whose quotes SHA-1 alone protects", evidence->version));
    return std::nullopt;
  }
  Pieces pieces{std::move(*evidence), {}};
  for (const SignedQuote& quote : pieces.evidence.quotes) {
    auto parsed = parse_tpm_quote(quote.message);
    const auto signature =
        quote.signature.empty() ? Result<TpmSignature>() : parse_tpm_signature(quote.signature);
    if (!parsed || !signature) {
      assessment.malformed(parsed ? signature.error() : parsed.error());
      return std::nullopt;
    }
    fill_claims(*parsed, assessment.result.claims);
    pieces.quotes.push_back(std::move(*parsed));
  }
  assessment.pass(Concern::kForm, "form",
                  "quotes and signatures have the form that the TPM library prescribes");
  return pieces;
}

// "tpm.pcr7" is of the SHA-256 bank; of other banks the name says which: "tpm.sha384.pcr7".
void claim_pcrs(const PcrBanks& banks, Claims& claims) {
  for (const auto& [bank, values] : banks)
    for (const auto& [index, value] : values)
      claims.vendor[bank == kAlgSha256 ? fmt::format("tpm.pcr{}", index)
                                       : fmt::format("tpm.{}.pcr{}", find_hash(bank)->name, index)] = value;
  for (const uint16_t bank : {kAlgSha512, kAlgSha384, kAlgSha256, kAlgSha1}) {
    const auto values = banks.find(bank);
    if (values == banks.end()) continue;
    if (const auto first = values->second.find(0); first != values->second.end()) {
      claims.measurement = first->second;
      return;
    }
  }
}

// The values that were not sent, but that the event log comes to.
PcrBanks replayed(const TpmQuote& quote, const std::optional<Bytes>& bytes) {
  PcrBanks banks;
  if (!bytes) return banks;
  const auto log = parse_event_log(*bytes);
  if (!log) return banks;
  banks = replay(*log);
  for (const PcrSelection& selection : quote.selections)
    if (const auto hash = find_hash(selection.hash); hash && banks.contains(selection.hash))
      for (const unsigned pcr : selection.pcrs) banks[selection.hash].try_emplace(pcr, hash->size);
  return banks;
}

// The values that the quotes vouch for, all of them together.
PcrBanks judge_pcrs(const Pieces& pieces, Assessment& assessment) {
  PcrBanks quoted;
  for (size_t i = 0; i < pieces.quotes.size(); ++i) {
    const SignedQuote& given = pieces.evidence.quotes[i];
    const TpmQuote& quote = pieces.quotes[i];
    const PcrBanks banks = given.pcrs.empty() ? replayed(quote, pieces.evidence.event_log) : given.pcrs;
    const auto signature = parse_tpm_signature(given.signature);
    if (banks.empty() || !signature) {
      assessment.miss(kAuthenticity, "quote.pcrs",
                      "the values of the PCRs were not given: the quote holds only their digest");
      continue;
    }
    if (banks.size() == 1 && banks.contains(kAlgSha1))
      assessment.warn(kAuthenticity, "quote.bank", "the PCRs are of the SHA-1 bank alone: SHA-1 is broken");
    if (assessment.judge(kAuthenticity, "quote.pcrs", check_pcr_digest(quote, banks, signature->hash),
                         "the PCR values are those that were quoted"))
      for (auto& [bank, values] : selected_pcrs(quote, banks)) quoted[bank].merge(std::map(values));
  }
  return quoted;
}

void decode(ByteView bytes, Assessment& assessment) {
  read(bytes, CollateralContents{}, assessment);
}

void verify(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  const auto pieces = read(bytes, collateral_of(options), assessment);
  if (!pieces) return;
  judge_signer(pieces->evidence, options, assessment);
  const PcrBanks quoted = judge_pcrs(*pieces, assessment);
  claim_pcrs(quoted, assessment.result.claims);
  for (const TpmQuote& quote : pieces->quotes) assessment.check_nonce(options, quote.extra_data, "extraData");
  if (pieces->evidence.event_log) {
    judge_event_log(*pieces->evidence.event_log, quoted, assessment);
  } else {
    assessment.skip(kAuthenticity, "eventlog.replay",
                    "no event log was given: what is behind the PCRs stays untold");
  }
}

// ---- Event logs by themselves ----

std::optional<EventLog> read_log(ByteView bytes, Assessment& assessment) {
  auto log = parse_event_log(bytes);
  if (!log) {
    assessment.malformed(log.error());
    return std::nullopt;
  }
  assessment.result.format = log->kind == EventLogKind::kTpm ? "tcg-event-log" : "ccel";
  claim_event_log(*log, assessment.result.claims);
  assessment.pass(Concern::kForm, "form", "the log has the form that the TCG prescribes");
  return std::move(*log);
}

void decode_log(ByteView bytes, Assessment& assessment) {
  read_log(bytes, assessment);
}

void verify_log(ByteView bytes, const VerificationOptions&, Assessment& assessment) {
  const auto log = read_log(bytes, assessment);
  if (!log) return;
  assessment.miss(
      kAuthenticity, "eventlog.replay",
      "a log by itself proves nothing: give it as collateral of the quote that signs its registers");
  if (std::string doubled = doubled_separators(*log); !doubled.empty())
    assessment.fail(kAuthenticity, "eventlog.separators", std::move(doubled));
}

}  // namespace

constinit const EvidenceFormat kTpmFormat = {
    "tpm", "TPM 2.0 quotes: bare, of go-tpm-tools, of go-attestation, and as JSON", looks_like_tpm, decode,
    verify};
constinit const EvidenceFormat kEventLogFormat = {"event-log", "TCG event logs and CCELs by themselves",
                                                  looks_like_event_log, decode_log, verify_log};

}  // namespace strongroom::attest::tpm
