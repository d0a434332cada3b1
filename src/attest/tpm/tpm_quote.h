// A TPM 2.0 quote: what the TPM signed about its platform configuration registers.
// TCG, Trusted Platform Module Library, part 2: TPMS_ATTEST (10.12.12), TPMS_QUOTE_INFO (10.12.4),
// TPML_PCR_SELECTION (10.9.7), TPMS_CLOCK_INFO (10.11.1). All integers are big-endian.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "attest/tpm/tpm_hash.h"
#include "base/bytes.h"

namespace strongroom::attest::tpm {

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

// The values of PCRs, by the TPM_ALG_ID of their bank and their index.
using PcrBanks = std::map<uint16_t, std::map<unsigned, Bytes>>;

// The digest over these values of the selected PCRs, hashed with the signature's hash, is the one that was
// quoted. Fails where a selected PCR is not given or has not the size of its bank, and where nothing is
// selected.
Result<void> check_pcr_digest(const TpmQuote& quote, const PcrBanks& pcrs, const TpmHash& hash);

// Of these values those that the quote selects: all others are nobody's word.
PcrBanks selected_pcrs(const TpmQuote& quote, const PcrBanks& pcrs);

}  // namespace strongroom::attest::tpm
