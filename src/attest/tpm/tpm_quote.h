// A TPM 2.0 quote: what the TPM signed about its platform configuration registers.
// TCG, Trusted Platform Module Library, part 2: TPMS_ATTEST (10.12.12), TPMS_QUOTE_INFO (10.12.4),
// TPML_PCR_SELECTION (10.9.7), TPMS_CLOCK_INFO (10.11.1). All integers are big-endian.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "attest/assessment.h"
#include "base/bytes.h"
#include "crypto/public_key.h"

namespace strongroom::attest::tpm {

// TPM_ALG_ID of hashes.
inline constexpr uint16_t kAlgSha1 = 0x0004, kAlgSha256 = 0x000b, kAlgSha384 = 0x000c, kAlgSha512 = 0x000d;

struct PcrSelection {
  uint16_t hash = 0;
  std::vector<unsigned> pcrs;  // ascending
};

struct TpmQuote {
  Bytes qualified_signer;
  Bytes extra_data;  // the nonce
  uint64_t clock = 0;
  uint32_t reset_count = 0, restart_count = 0;
  bool clock_safe = false;
  uint64_t firmware_version = 0;
  std::vector<PcrSelection> selections;
  Bytes pcr_digest;
};

// A TPMS_ATTEST of type TPM_ST_ATTEST_QUOTE made by a TPM (magic TPM_GENERATED_VALUE); nothing may follow.
Result<TpmQuote> parse_tpm_quote(ByteView message);

// The digest over these values of the selected PCRs, hashed with `hash`, is the one that was quoted. Fails
// where a selected PCR is not given, and where the selection is empty or of another bank than `bank`.
Result<void> check_pcr_digest(const TpmQuote& quote, uint16_t bank, const std::map<unsigned, Bytes>& pcrs,
                              crypto::HashAlgorithm hash);

}  // namespace strongroom::attest::tpm
