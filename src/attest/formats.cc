#include <array>

#include "attest/amd/snp_format.h"
#include "attest/arm/arm_format.h"
#include "attest/azure/attested_statement.h"
#include "attest/azure/azure_format.h"
#include "attest/azure/uvm_endorsement.h"
#include "attest/cmw/cmw_format.h"
#include "attest/cmw/ra_tls.h"
#include "attest/eat/eat_format.h"
#include "attest/format.h"
#include "attest/intel/quote_format.h"
#include "attest/jwt/detached_eat.h"
#include "attest/jwt/jwt_format.h"
#include "attest/nitro/nitro_format.h"
#include "attest/nvidia/nvidia_format.h"
#include "attest/oak/oak_format.h"
#include "attest/openenclave/oe_format.h"
#include "attest/tpm/tpm_format.h"
#include "attest/wrapping/wrapping_format.h"
#include "attest/x509/certificate_format.h"

namespace strongroom::attest {

std::span<const EvidenceFormat* const> formats() {
  static constexpr std::array kFormats = {
      &eat::kEatFormat,
      &eat::kQuoteTokenFormat,
      &tpm::kTpmFormat,
      &cmw::kRaTlsFormat,
      &azure::kAzureFormat,
      &nvidia::kNvidiaFormat,
      &nvidia::kRimFormat,
      &jwt::kJwtFormat,
      &jwt::kDetachedEatFormat,
      &openenclave::kOeFormat,
      &intel::kQuoteFormat,
      &azure::kAttestedStatementFormat,
      &azure::kUvmEndorsementFormat,
      &nitro::kNitroFormat,
      &arm::kCcaFormat,
      &arm::kPsaFormat,
      &amd::kSnpFormat,
      &tpm::kEventLogFormat,
      &jwt::kEarCwtFormat,
      &oak::kOakFormat,
      &openenclave::kSignalFormat,
      &cmw::kRatsdFormat,
      &cmw::kTsmFormat,
      &cmw::kCmwFormat,
      &x509::kCertificateFormat,
      &wrapping::kToolJsonFormat,
      &wrapping::kTextFormat,
  };
  return kFormats;
}

const EvidenceFormat* detect(ByteView evidence) {
  for (const EvidenceFormat* format : formats())
    if (format->recognises(evidence)) return format;
  return nullptr;
}

}  // namespace strongroom::attest
