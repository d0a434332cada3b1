#include "attest/intel/quote.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::attest::intel {
namespace {

constexpr size_t kHeaderSize = 48;
// Far above any real one, and small enough that nothing overflows.
constexpr uint32_t kMaximumSignatureData = 1 << 20;

// Body types of version 5.
constexpr uint16_t kBodyEnclave = 1, kBodyTd10 = 2, kBodyTd15 = 3;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "quote: " + std::move(why));
}

Result<void> read_header(ByteReader& reader, Quote& quote) {
  quote.version = TRY(reader.little<uint16_t>("quote version"));
  quote.attestation_key_type = TRY(reader.little<uint16_t>("attestation key type"));
  quote.tee_type = TRY(reader.little<uint32_t>("TEE type"));
  quote.qe_svn = TRY(reader.little<uint16_t>("QE SVN"));
  quote.pce_svn = TRY(reader.little<uint16_t>("PCE SVN"));
  quote.qe_vendor_id = TRY(reader.array<16>("QE vendor id"));
  quote.user_data = TRY(reader.array<20>("user data"));
  if (quote.version < 3 || quote.version > 5)
    return malformed(fmt::format("version {} is not known", quote.version));
  if (quote.attestation_key_type != kEcdsaP256)
    return malformed(
        fmt::format("attestation key type {} is not ECDSA with P-256", quote.attestation_key_type));
  if (quote.version == 3 ? quote.tee_type != 0 : (quote.tee_type != kTeeSgx && quote.tee_type != kTeeTdx))
    return malformed(
        fmt::format("TEE type 0x{:x} is not known in version {}", quote.tee_type, quote.version));
  return {};
}

// How long the body is; version 5 says it, with a type that must agree with the TEE.
Result<size_t> body_size(ByteReader& reader, const Quote& quote) {
  const bool tdx = quote.tee_type == kTeeTdx;
  if (quote.version < 5) return tdx ? kTdReport10Size : kEnclaveReportSize;
  const auto type = TRY(reader.little<uint16_t>("body type"));
  const auto size = TRY(reader.little<uint32_t>("body size"));
  const size_t expected = type == kBodyEnclave ? kEnclaveReportSize
                          : type == kBodyTd10  ? kTdReport10Size
                          : type == kBodyTd15  ? kTdReport15Size
                                               : 0;
  if (expected == 0) return malformed(fmt::format("body type {} is not known", type));
  if (tdx != (type != kBodyEnclave))
    return malformed(fmt::format("body type {} does not fit the TEE type", type));
  if (size != expected) return malformed(fmt::format("body size {} is not {}", size, expected));
  return expected;
}

Result<void> read_qe_part(ByteReader& reader, Quote& quote) {
  quote.qe_report_bytes = TRY(reader.array<kEnclaveReportSize>("QE report"));
  quote.qe_report = TRY(parse_enclave_report(quote.qe_report_bytes));
  quote.qe_report_signature = TRY(reader.array<64>("QE report signature"));
  const auto length = TRY(reader.little<uint16_t>("QE authentication data size"));
  quote.qe_authentication_data = to_bytes(TRY(reader.bytes(length, "QE authentication data")));
  const auto type = TRY(reader.little<uint16_t>("certification data type"));
  if (type < 1 || type > 7 || type == static_cast<uint16_t>(CertificationType::kQeReport))
    return malformed(fmt::format("certification data type {} is not known here", type));
  quote.certification_type = static_cast<CertificationType>(type);
  const auto size = TRY(reader.little<uint32_t>("certification data size"));
  quote.certification_data = to_bytes(TRY(reader.bytes(size, "certification data")));
  return reader.expect_end("quote signature data");
}

Result<void> read_signature_data(ByteView bytes, Quote& quote) {
  ByteReader reader(bytes);
  quote.signature = TRY(reader.array<64>("quote signature"));
  quote.attestation_key = TRY(reader.array<64>("attestation key"));
  if (quote.version == 3) return read_qe_part(reader, quote);
  const auto type = TRY(reader.little<uint16_t>("certification data type"));
  if (type != static_cast<uint16_t>(CertificationType::kQeReport))
    return malformed(fmt::format("certification data type {} instead of 6", type));
  const auto size = TRY(reader.little<uint32_t>("certification data size"));
  ByteReader inner(TRY(reader.bytes(size, "certification data")));
  TRY(read_qe_part(inner, quote));
  return reader.expect_end("quote signature data");
}

}  // namespace

bool looks_like_quote(ByteView bytes) {
  if (bytes.size() < kHeaderSize) return false;
  // Version 3 to 5, key type ECDSA P-256 or P-384, TEE type SGX or TDX.
  return bytes[0] >= 3 && bytes[0] <= 5 && bytes[1] == 0 && (bytes[2] == 2 || bytes[2] == 3) &&
         bytes[3] == 0 && (bytes[4] == 0 || bytes[4] == kTeeTdx) && bytes[5] == 0 && bytes[6] == 0 &&
         bytes[7] == 0;
}

Result<size_t> quote_size(ByteView bytes) {
  ByteReader reader(bytes);
  Quote quote;
  TRY(read_header(reader, quote));
  TRY(reader.skip(TRY(body_size(reader, quote)), "quote body"));
  TRY(reader.skip(TRY(reader.little<uint32_t>("signature data size")), "signature data"));
  return reader.position();
}

Result<Quote> parse_quote(ByteView bytes) {
  ByteReader reader(bytes);
  Quote quote;
  TRY(read_header(reader, quote));
  const size_t size = TRY(body_size(reader, quote));
  const ByteView body = TRY(reader.bytes(size, "quote body"));
  if (quote.tee_type == kTeeTdx) {
    quote.td = TRY(parse_td_report(body));
  } else {
    quote.enclave = TRY(parse_enclave_report(body));
  }
  quote.signed_bytes = to_bytes(bytes.first(reader.position()));
  const auto length = TRY(reader.little<uint32_t>("signature data size"));
  if (length > kMaximumSignatureData) return malformed("signature data is larger than 1 MiB");
  TRY(read_signature_data(TRY(reader.bytes(length, "signature data")), quote));
  const ByteView padding = reader.rest();
  if (std::any_of(padding.begin(), padding.end(), [](uint8_t byte) { return byte != 0; }))
    return malformed("bytes follow it");
  return quote;
}

}  // namespace strongroom::attest::intel
