#include "attest/tpm/tpm_quote.h"

#include <fmt/format.h>

namespace strongroom::attest::tpm {
namespace {

constexpr uint32_t kGenerated = 0xff544347;  // TPM_GENERATED_VALUE, "\xffTCG"
constexpr uint16_t kAttestQuote = 0x8018;    // TPM_ST_ATTEST_QUOTE

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "TPM quote: " + std::move(why));
}

// TPM2B: a size of 16 bits, then as many bytes.
Result<Bytes> sized(ByteReader& reader, std::string_view what) {
  const auto size = TRY(reader.big<uint16_t>(what));
  return to_bytes(TRY(reader.bytes(size, what)));
}

Result<PcrSelection> selection(ByteReader& reader) {
  PcrSelection out;
  out.hash = TRY(reader.big<uint16_t>("PCR bank"));
  const auto size = TRY(reader.big<uint8_t>("PCR selection size"));
  if (size > 4) return malformed("a PCR selection is longer than 4 bytes");
  const ByteView bits = TRY(reader.bytes(size, "PCR selection"));
  for (unsigned pcr = 0; pcr < 8U * size; ++pcr)
    if (((bits[pcr / 8] >> (pcr % 8)) & 1) != 0) out.pcrs.push_back(pcr);
  return out;
}

}  // namespace

Result<TpmQuote> parse_tpm_quote(ByteView message) {
  ByteReader reader(message);
  TpmQuote quote;
  if (TRY(reader.big<uint32_t>("magic")) != kGenerated) return malformed("a TPM did not make it");
  if (TRY(reader.big<uint16_t>("type")) != kAttestQuote)
    return malformed("it is another attestation than a quote");
  quote.qualified_signer = TRY(sized(reader, "qualifiedSigner"));
  quote.extra_data = TRY(sized(reader, "extraData"));
  quote.clock = TRY(reader.big<uint64_t>("clock"));
  quote.reset_count = TRY(reader.big<uint32_t>("resetCount"));
  quote.restart_count = TRY(reader.big<uint32_t>("restartCount"));
  const auto safe = TRY(reader.big<uint8_t>("safe"));
  if (safe > 1) return malformed("\"safe\" is neither yes nor no");
  quote.clock_safe = safe == 1;
  quote.firmware_version = TRY(reader.big<uint64_t>("firmwareVersion"));
  const auto count = TRY(reader.big<uint32_t>("PCR selection count"));
  if (count > 16) return malformed("more than 16 PCR selections");
  for (uint32_t i = 0; i < count; ++i) quote.selections.push_back(TRY(selection(reader)));
  quote.pcr_digest = TRY(sized(reader, "pcrDigest"));
  TRY(reader.expect_end("TPM quote"));
  return quote;
}

Result<void> check_pcr_digest(const TpmQuote& quote, const PcrBanks& pcrs, const TpmHash& hash) {
  Bytes values;
  for (const PcrSelection& selection : quote.selections) {
    if (selection.pcrs.empty()) continue;
    const auto bank = find_hash(selection.hash);
    const auto given = pcrs.find(selection.hash);
    if (!bank || given == pcrs.end())
      return fail(
          ErrorCode::kVerificationFailed,
          fmt::format("the quote selects bank 0x{:04x}, of which no values are given", selection.hash));
    for (const unsigned pcr : selection.pcrs) {
      const auto value = given->second.find(pcr);
      if (value == given->second.end())
        return fail(ErrorCode::kVerificationFailed,
                    fmt::format("the quote selects PCR {}, whose value is not given", pcr));
      if (value->second.size() != bank->size)
        return fail(ErrorCode::kVerificationFailed,
                    fmt::format("PCR {} has {} bytes instead of {}", pcr, value->second.size(), bank->size));
      values.insert(values.end(), value->second.begin(), value->second.end());
    }
  }
  if (values.empty()) return fail(ErrorCode::kVerificationFailed, "the quote selects no PCR");
  if (!equal(quote.pcr_digest, digest(hash, values)))
    return fail(ErrorCode::kVerificationFailed, "the digest that was quoted is not that of these PCR values");
  return {};
}

PcrBanks selected_pcrs(const TpmQuote& quote, const PcrBanks& pcrs) {
  PcrBanks out;
  for (const PcrSelection& selection : quote.selections) {
    const auto given = pcrs.find(selection.hash);
    if (given == pcrs.end()) continue;
    for (const unsigned pcr : selection.pcrs)
      if (const auto value = given->second.find(pcr); value != given->second.end())
        out[selection.hash][pcr] = value->second;
  }
  return out;
}

}  // namespace strongroom::attest::tpm
