#include "arch/evidence_token.h"

#include <fmt/format.h>

#include "base/cbor_writer.h"
#include "crypto/digest.h"

namespace strongroom::arch {
namespace {

Result<Bytes> read_field(ByteReader& request, std::string_view what) {
  return to_bytes(TRY(request.bytes(TRY(request.little<uint32_t>(what)), what)));
}

Result<void> check_lengths(ByteView nonce, ByteView user_data) {
  if (nonce.size() < kMinimumNonce || nonce.size() > kMaximumNonce)
    return fail(ErrorCode::kInvalidArgument, fmt::format("a nonce of evidence has {} to {} bytes, not {}",
                                                         kMinimumNonce, kMaximumNonce, nonce.size()));
  if (user_data.size() > kMaximumUserData)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("evidence carries at most {} bytes of user data, not {}; let it carry their hash",
                            kMaximumUserData, user_data.size()));
  return {};
}

}  // namespace

Bytes encode_claims(const EvidenceToken& token) {
  constexpr uint64_t kEnabled = 0, kDisabledSinceBoot = 2;
  const bool debug = (token.report.attributes.flags & kAttributeDebug) != 0;
  cbor::Map claims;
  const auto set = [&](EvidenceClaim claim, Bytes value) {
    claims.set(static_cast<int64_t>(claim), std::move(value));
  };
  set(EvidenceClaim::kIssuedAt, cbor::unsigned_number(token.issued_at));
  set(EvidenceClaim::kNonce, cbor::bytes(token.nonce));
  set(EvidenceClaim::kDebugStatus, cbor::unsigned_number(debug ? kEnabled : kDisabledSinceBoot));
  set(EvidenceClaim::kProfile, cbor::text(kEvidenceProfile));
  set(EvidenceClaim::kReportBody, cbor::bytes(object_bytes(token.report)));
  set(EvidenceClaim::kUserData, cbor::bytes(token.user_data));
  set(EvidenceClaim::kTee, cbor::text(token.tee));
  set(EvidenceClaim::kKey, cbor::bytes(token.key));
  set(EvidenceClaim::kRoot, cbor::text(token.root));
  if (token.root != kUnrooted) set(EvidenceClaim::kRootEvidence, cbor::bytes(token.root_evidence));
  return claims.encode();
}

Result<EvidenceRequest> read_evidence_request(ByteReader& request) {
  EvidenceRequest out;
  out.nonce = TRY(read_field(request, "nonce"));
  out.user_data = TRY(read_field(request, "user data"));
  TRY(request.expect_end("request"));
  TRY(check_lengths(out.nonce, out.user_data));
  return out;
}

std::array<uint8_t, 64> evidence_report_data(ByteView nonce, ByteView user_data) {
  return crypto::sha512(ByteWriter()
                            .bytes(as_bytes("strongroom evidence 1"))
                            .little(static_cast<uint32_t>(nonce.size()))
                            .bytes(nonce)
                            .bytes(user_data)
                            .take());
}

std::array<uint8_t, 32> evidence_root_data(ByteView key, ByteView nonce) {
  return crypto::sha256(
      ByteWriter().bytes(as_bytes("strongroom evidence root 1")).bytes(key).bytes(nonce).take());
}

}  // namespace strongroom::arch
