// The pieces of a TPM's evidence, from whichever wrapping they came. Understood are:
//   a bare TPMS_ATTEST (tpm2-tools' quote.msg); signature, key, certificates, PCR values and log are
//     collateral, recognised by content;
//   go-tpm-tools' message attest.Attestation (Protocol Buffers; attest.proto, tpm.proto);
//   go-attestation's dump (JSON);
//   Strongroom's own (JSON): {"tpm_evidence": 1, "quotes": [{"message", "signature", "pcrs": {"sha256":
//     {"0": hex...}}}], "event_log", "ak_public", "ak_certificate", "certificates": []}, bytes in base64.
#pragma once

#include <optional>
#include <vector>

#include "attest/collateral.h"
#include "attest/tpm/tpm_quote.h"

namespace strongroom::attest::tpm {

struct SignedQuote {
  Bytes message;    // TPMS_ATTEST
  Bytes signature;  // TPMT_SIGNATURE
  PcrBanks pcrs;
};

struct TpmEvidence {
  std::string wrapping;  // "tpm-quote", "tpm-attestation-protobuf", "tpm-attestation-json"...
  unsigned version = 2;  // 1: made by a TPM 1.2
  std::vector<SignedQuote> quotes;
  std::optional<Bytes> event_log;
  std::optional<Bytes> attestation_key;  // TPMT_PUBLIC
  std::vector<Bytes> certificates;       // DER: of the attestation key, and authorities
  std::optional<Bytes> endorsement_certificate;
};

bool looks_like_tpm_quote(ByteView bytes);
bool looks_like_attestation_protobuf(ByteView bytes);
bool looks_like_attestation_json(ByteView bytes);

Result<TpmEvidence> parse_attestation_protobuf(ByteView bytes);
Result<TpmEvidence> parse_attestation_json(ByteView bytes);

// The quote with the pieces of it that are in the collateral.
TpmEvidence gather(ByteView quote, const CollateralContents& collateral);

// The PCR values that tpm2-tools writes (`tpm2_quote --pcr`, the default format "serialized": a
// TPML_PCR_SELECTION and lists of digests in the memory layout of a little-endian machine).
Result<PcrBanks> parse_tool_pcrs(ByteView bytes);

}  // namespace strongroom::attest::tpm
