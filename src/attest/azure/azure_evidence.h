// The evidence of an Azure confidential VM: the HCL report alone, or the JSON in which guests send it
// together with a vTPM quote, its PCR values, and the hardware's certificate or TD quote. Two shapes of that
// JSON are in use: confidential-containers' ("report", "quote", "vcek": numbers in arrays) and its
// successor's, version 1
// ("hcl_report", "tpm_quote", "td_quote": base64url and hexadecimal).
#pragma once

#include <map>
#include <optional>

#include "attest/azure/hcl_report.h"
#include "attest/tpm/tpm_quote.h"
#include "crypto/certificate.h"

namespace strongroom::attest::azure {

struct VtpmQuote {
  Bytes message, signature;
  std::map<unsigned, Bytes> pcrs;  // the SHA-256 bank
};

struct AzureEvidence {
  HclReport hcl;
  std::optional<VtpmQuote> quote;
  std::vector<crypto::Certificate> certificates;
  std::optional<Bytes> td_quote;
};

bool looks_like_azure(ByteView bytes);
Result<AzureEvidence> parse_azure(ByteView bytes);

}  // namespace strongroom::attest::azure
