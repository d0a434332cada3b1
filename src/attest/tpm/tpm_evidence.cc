#include "attest/tpm/tpm_evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/protobuf.h"
#include "attest/tpm/event_log.h"
#include "attest/tpm/tpm_key.h"

namespace strongroom::attest::tpm {
namespace {

constexpr size_t kMaximumQuotes = 16, kMaximumCertificates = 32;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "TPM evidence: " + std::move(why));
}

// tpm.PCRs: 1 hash, 2 map<uint32, bytes>; the enum's numbers are TPM_ALG_IDs.
Result<PcrBanks> read_pcrs(ByteView message) {
  uint64_t bank = 0;
  std::map<unsigned, Bytes> values;
  for (const ProtobufField& field : TRY(parse_protobuf(message))) {
    if (field.number == 1) bank = field.value;
    if (field.number != 2) continue;
    uint64_t index = 0;
    ByteView value;
    for (const ProtobufField& entry : TRY(parse_protobuf(field.bytes))) {
      if (entry.number == 1) index = entry.value;
      if (entry.number == 2) value = entry.bytes;
    }
    if (index >= 32) return malformed("a PCR's index is not 0 to 31");
    if (!values.emplace(static_cast<unsigned>(index), to_bytes(value)).second)
      return malformed(fmt::format("PCR {} stands twice", index));
  }
  const auto hash = bank <= 0xffff ? find_hash(static_cast<uint16_t>(bank)) : std::nullopt;
  if (!hash) return malformed("the PCRs are of an unknown bank");
  return PcrBanks{{hash->id, std::move(values)}};
}

// tpm.Quote: 1 quote, 2 raw_sig, 3 pcrs.
Result<SignedQuote> read_quote(ByteView message) {
  SignedQuote quote;
  for (const ProtobufField& field : TRY(parse_protobuf(message))) {
    if (field.number == 1) quote.message = to_bytes(field.bytes);
    if (field.number == 2) quote.signature = to_bytes(field.bytes);
    if (field.number == 3) quote.pcrs = TRY(read_pcrs(field.bytes));
  }
  return quote;
}

}  // namespace

bool looks_like_tpm_quote(ByteView bytes) {
  ByteReader reader(bytes);
  return reader.big<uint32_t>("magic").value_or(0) == 0xff544347 &&
         reader.big<uint16_t>("type").value_or(0) >> 8 == 0x80;
}

bool looks_like_attestation_protobuf(ByteView bytes) {
  if (bytes.size() < 64 || bytes[0] != 0x0a) return false;
  const auto fields = parse_protobuf(bytes);
  if (!fields || fields->empty() || !looks_like_tpm_public(fields->front().bytes)) return false;
  return std::any_of(fields->begin(), fields->end(), [](const ProtobufField& field) {
    return field.number == 2 && field.bytes.size() > 8 && field.bytes[0] == 0x0a;
  });
}

// attest.Attestation: 1 ak_pub, 2 quotes, 3 event_log, 6 ak_cert, 7 intermediate_certs.
Result<TpmEvidence> parse_attestation_protobuf(ByteView bytes) {
  TpmEvidence evidence;
  evidence.wrapping = "tpm-attestation-protobuf";
  for (const ProtobufField& field : TRY_IN("TPM evidence", parse_protobuf(bytes))) {
    switch (field.number) {
      case 1:
        evidence.attestation_key = to_bytes(field.bytes);
        break;
      case 2:
        if (evidence.quotes.size() == kMaximumQuotes) return malformed("more than 16 quotes");
        evidence.quotes.push_back(TRY_IN("TPM evidence", read_quote(field.bytes)));
        break;
      case 3:
        evidence.event_log = to_bytes(field.bytes);
        break;
      case 6:
        evidence.certificates.insert(evidence.certificates.begin(), to_bytes(field.bytes));
        break;
      case 7:
        evidence.certificates.push_back(to_bytes(field.bytes));
        break;
      default:  // instance_info and others, which nobody has signed
        break;
    }
    if (evidence.certificates.size() > kMaximumCertificates) return malformed("more than 32 certificates");
  }
  if (evidence.quotes.empty()) return malformed("it holds no quote");
  if (!evidence.attestation_key) return malformed("it holds no attestation key");
  return evidence;
}

TpmEvidence gather(ByteView quote, const CollateralContents& collateral) {
  TpmEvidence evidence;
  evidence.wrapping = "tpm-quote";
  evidence.quotes.push_back({to_bytes(quote), {}, {}});
  for (const Document& document : collateral.documents) {
    if (looks_like_tpm_signature(document.content)) evidence.quotes[0].signature = document.content;
    if (const auto pcrs = parse_tool_pcrs(document.content)) evidence.quotes[0].pcrs = *pcrs;
    if (looks_like_event_log(document.content)) evidence.event_log = document.content;
  }
  return evidence;
}

Result<PcrBanks> parse_tool_pcrs(ByteView bytes) {
  ByteReader reader(bytes);
  const auto selections = TRY(reader.little<uint32_t>("selection count"));
  if (selections == 0 || selections > 16) return malformed("the PCR file selects no or too many banks");
  std::vector<std::pair<TpmHash, unsigned>> order;
  for (uint32_t i = 0; i < 16; ++i) {
    const auto id = TRY(reader.little<uint16_t>("bank"));
    const auto size = TRY(reader.little<uint8_t>("selection size"));
    const auto bits = TRY(reader.array<4>("selection"));
    TRY(reader.skip(1, "padding"));
    if (i >= selections) continue;
    const auto hash = find_hash(id);
    if (!hash || size > 4) return malformed("the PCR file selects an unknown bank");
    for (unsigned pcr = 0; pcr < 8U * size; ++pcr)
      if (((bits[pcr / 8] >> (pcr % 8)) & 1) != 0) order.emplace_back(*hash, pcr);
  }
  const auto lists = TRY(reader.little<uint32_t>("list count"));
  PcrBanks banks;
  size_t next = 0;
  for (uint32_t list = 0; list < lists; ++list) {
    const auto count = TRY(reader.little<uint32_t>("digest count"));
    if (count > 8) return malformed("a list of the PCR file has more than 8 digests");
    for (uint32_t i = 0; i < 8; ++i) {
      const auto size = TRY(reader.little<uint16_t>("digest size"));
      const auto buffer = TRY(reader.array<64>("digest"));
      if (i >= count) continue;
      if (next == order.size()) return malformed("the PCR file has more digests than it selects");
      const auto& [hash, pcr] = order[next++];
      if (size != hash.size) return malformed(fmt::format("PCR {} has {} bytes", pcr, size));
      banks[hash.id][pcr] = Bytes(buffer.begin(), buffer.begin() + size);
    }
  }
  TRY(reader.expect_end("PCR file"));
  if (next != order.size()) return malformed("the PCR file has fewer digests than it selects");
  return banks;
}

}  // namespace strongroom::attest::tpm
