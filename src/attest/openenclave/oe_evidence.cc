#include "attest/openenclave/oe_evidence.h"

#include <algorithm>

#include "attest/intel/quote.h"
#include "attest/protobuf.h"

namespace strongroom::attest::openenclave {
namespace {

constexpr uint32_t kVersion = 1, kRemoteSgxReport = 2;
constexpr size_t kReportHeaderSize = 16, kAttestationHeaderSize = 28;
constexpr uint64_t kMaximumClaims = 64;
// Fields of ClientHandshakeStart; the first is for tests of its clients only.
constexpr uint32_t kEvidence = 2, kEndorsements = 3;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "Open Enclave evidence: " + std::move(why));
}

// Where the quote begins behind a header whose size is that of the rest: 16 or 28; 0 where there is none.
size_t header_size(ByteView bytes) {
  for (const bool old : {true, false}) {
    ByteReader reader(bytes);
    const auto version = reader.little<uint32_t>("version");
    if (!version || *version != kVersion) return 0;
    // Report type, or the UUID of a format.
    const auto type = old ? reader.little<uint32_t>("type") : Result<uint32_t>(kRemoteSgxReport);
    if (!type || *type != kRemoteSgxReport || (!old && !reader.skip(16, "format"))) continue;
    const auto size = reader.little<uint64_t>("size");
    if (size && *size == reader.remaining() && intel::looks_like_quote(bytes.subspan(reader.position())))
      return old ? kReportHeaderSize : kAttestationHeaderSize;
  }
  return 0;
}

Result<void> read_claims(OeEvidence& evidence) {
  ByteReader reader(evidence.claims);
  const auto version = TRY(reader.little<uint64_t>("version of the claims"));
  const auto count = TRY(reader.little<uint64_t>("number of claims"));
  if (version != kVersion) return malformed("the claims' version is not known");
  if (count > kMaximumClaims) return malformed("more than 64 claims");
  for (uint64_t i = 0; i < count; ++i) {
    const auto name_size = TRY(reader.little<uint64_t>("size of a claim's name"));
    const auto value_size = TRY(reader.little<uint64_t>("size of a claim"));
    std::string name(as_text(TRY(reader.bytes(name_size, "name of a claim"))));
    if (name.empty() || name.find('\0') != name.size() - 1) return malformed("a claim's name has no end");
    name.pop_back();
    evidence.claim_list.emplace_back(std::move(name), to_bytes(TRY(reader.bytes(value_size, "claim"))));
  }
  return reader.expect_end("Open Enclave's claims");
}

Result<OeEvidence> split(ByteView bytes) {
  const size_t size = TRY(intel::quote_size(bytes));
  OeEvidence evidence;
  evidence.quote = to_bytes(bytes.first(size));
  evidence.claims = to_bytes(bytes.subspan(size));
  if (!evidence.claims.empty()) TRY(read_claims(evidence));
  return evidence;
}

}  // namespace

bool looks_like_oe_evidence(ByteView bytes) {
  if (header_size(bytes) != 0) return true;
  // A bare quote with claims behind it. Those begin with their version, and quotes with their own alone.
  if (!intel::looks_like_quote(bytes)) return false;
  const auto size = intel::quote_size(bytes);
  if (!size || bytes.size() < *size + 16) return false;
  constexpr std::array<uint8_t, 8> kStart = {kVersion};
  return std::equal(kStart.begin(), kStart.end(), bytes.begin() + static_cast<ptrdiff_t>(*size));
}

Result<OeEvidence> parse_oe_evidence(ByteView bytes) {
  return split(bytes.subspan(header_size(bytes)));
}

bool looks_like_signal_handshake(ByteView bytes) {
  if (bytes.size() < 512 || bytes[0] != 0x0a) return false;
  const auto fields = parse_protobuf(bytes);
  return fields && fields->size() == 3 && (*fields)[1].number == kEvidence &&
         intel::looks_like_quote((*fields)[1].bytes) && (*fields)[2].number == kEndorsements &&
         (*fields)[2].delimited;
}

Result<OeEvidence> parse_signal_handshake(ByteView bytes) {
  const auto fields = TRY_IN("handshake", parse_protobuf(bytes));
  if (fields.size() != 3) return malformed("the handshake has not three fields");
  OeEvidence evidence = TRY(split(fields[1].bytes));
  evidence.endorsements = to_bytes(fields[2].bytes);
  return evidence;
}

}  // namespace strongroom::attest::openenclave
