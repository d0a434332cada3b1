// What a keeper says about an enclave to somebody elsewhere: the claims of an EAT (RFC 9711), which it signs
// as COSE_Sign1 with ES256. A token has one encoding. docs/evidence.md describes it.
#pragma once

#include <string>
#include <string_view>

#include "arch/report_format.h"
#include "base/bytes.h"

namespace strongroom::arch {

inline constexpr std::string_view kEvidenceProfile = "tag:strongroom,2026:enclave-evidence/1";
inline constexpr std::string_view kUnrooted = "unrooted";
inline constexpr size_t kMinimumNonce = 8, kMaximumNonce = 64;  // RFC 9711, section 4.1
inline constexpr size_t kMaximumUserData = 1024;
inline constexpr size_t kMaximumRootEvidence = 24576;
inline constexpr size_t kEvidenceKeySize = 64;

// Keys of the claims: IANA's registry "CBOR Web Token Claims", and its range for private use.
enum class EvidenceClaim : int64_t {
  kIssuedAt = 6,           // seconds since 1970, by the keeper's clock
  kNonce = 10,             // bytes
  kDebugStatus = 263,      // 0 enabled, 2 disabled since boot: RFC 9711, section 4.2.9
  kProfile = 265,          // kEvidenceProfile
  kReportBody = -70001,    // the first 384 bytes of REPORT
  kUserData = -70002,      // bytes
  kTee = -70003,           // "process" or "vm"
  kKey = -70004,           // the key that signs: P-256, x and y
  kRoot = -70005,          // what vouches for that key: kUnrooted, or the TEE of the next
  kRootEvidence = -70006,  // evidence of that root, where there is one
  kQuote = -70007,         // of quote_token.h alone: a DCAP quote
};

struct EvidenceToken {
  uint64_t issued_at = 0;
  Bytes nonce;
  Bytes user_data;
  std::string tee;
  ReportBody report{};  // its REPORTDATA: evidence_report_data() of nonce and user data
  Bytes key;
  std::string root{kUnrooted};
  Bytes root_evidence;
};

// The claims in CBOR's deterministic form (RFC 8949, section 4.2.1).
Bytes encode_claims(const EvidenceToken& token);

// What an enclave wants evidence of.
struct EvidenceRequest {
  Bytes nonce;
  Bytes user_data;
};
// What follows KeeperRequest::kEvidence. kMalformed for anything else, and kInvalidArgument for lengths that
// evidence cannot have.
Result<EvidenceRequest> read_evidence_request(ByteReader& request);

// SHA-512("strongroom evidence 1" || u32 length of the nonce, little-endian || nonce || user data): what
// REPORTDATA of an enclave's evidence is in every TEE.
std::array<uint8_t, 64> evidence_report_data(ByteView nonce, ByteView user_data);

// SHA-256("strongroom evidence root 1" || key || nonce): what the root's own evidence has as its report data
// (a TPM quote: as extraData), followed by zeros where that field is longer.
std::array<uint8_t, 32> evidence_root_data(ByteView key, ByteView nonce);

}  // namespace strongroom::arch
