#include "attest/amd/snp_key.h"

#include <fmt/format.h>

#include "crypto/der.h"

namespace strongroom::attest::amd {
namespace {

constexpr std::string_view kPrefix = "1.3.6.1.4.1.3704.1.";
constexpr std::string_view kVcekName = "SEV-VCEK", kVlekName = "SEV-VLEK";

tl::unexpected<Error> bad(std::string why) {
  return fail(ErrorCode::kVerificationFailed, "VCEK or VLEK certificate: " + std::move(why));
}

std::optional<ByteView> part(const crypto::Certificate& certificate, std::string_view arc) {
  return certificate.extension(fmt::format("{}{}", kPrefix, arc));
}

Result<uint8_t> level(const crypto::Certificate& certificate, std::string_view arc, std::string_view what) {
  const auto value = part(certificate, arc);
  if (!value) return bad(fmt::format("{} is missing", what));
  crypto::DerReader reader(*value);
  const uint64_t number = TRY(crypto::der_unsigned(TRY(reader.expect(crypto::kDerInteger, what)), what));
  TRY(reader.expect_end(what));
  if (number > 255) return bad(fmt::format("{} is larger than a byte", what));
  return static_cast<uint8_t>(number);
}

Result<std::string> text(const crypto::Certificate& certificate, std::string_view arc,
                         std::string_view what) {
  const auto value = part(certificate, arc);
  if (!value) return bad(fmt::format("{} is missing", what));
  crypto::DerReader reader(*value);
  const ByteView content = TRY(reader.expect(crypto::kDerIa5String, what));
  TRY(reader.expect_end(what));
  return std::string(as_text(content));
}

// hwID stands in the extension as it is, or in an OCTET STRING; 64 bytes, or 8 from Turin on.
Result<Bytes> hardware_id(const crypto::Certificate& certificate) {
  const auto value = part(certificate, "4");
  if (!value) return bad("hwID is missing");
  if (value->size() == 64 || value->size() == 8) return to_bytes(*value);
  crypto::DerReader reader(*value);
  const ByteView content = TRY(reader.expect(crypto::kDerOctetString, "hwID"));
  TRY(reader.expect_end("hwID"));
  if (content.size() != 64 && content.size() != 8)
    return bad(fmt::format("hwID has {} bytes", content.size()));
  return to_bytes(content);
}

}  // namespace

bool is_snp_key(const crypto::Certificate& certificate) {
  return !certificate.is_authority() &&
         (certificate.common_name() == kVcekName || certificate.common_name() == kVlekName);
}

Result<SnpKey> parse_snp_key(const crypto::Certificate& certificate) {
  if (!is_snp_key(certificate)) return bad(fmt::format("{} is neither", certificate.subject()));
  SnpKey key;
  key.kind = certificate.common_name() == kVcekName ? SigningKey::kVcek : SigningKey::kVlek;
  key.product = TRY(text(certificate, "2", "productName"));
  key.tcb.bootloader = TRY(level(certificate, "3.1", "blSPL"));
  key.tcb.tee = TRY(level(certificate, "3.2", "teeSPL"));
  key.tcb.snp = TRY(level(certificate, "3.3", "snpSPL"));
  key.tcb.microcode = TRY(level(certificate, "3.8", "ucodeSPL"));
  if (part(certificate, "3.9")) key.tcb.fmc = TRY(level(certificate, "3.9", "fmcSPL"));
  if (key.kind == SigningKey::kVcek) {
    key.hardware_id = TRY(hardware_id(certificate));
  } else {
    if (part(certificate, "4")) return bad("a VLEK has no hwID");
    key.csp_id = TRY(text(certificate, "5", "cspID"));
  }
  return key;
}

}  // namespace strongroom::attest::amd
