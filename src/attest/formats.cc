#include <array>

#include "attest/amd/snp_format.h"
#include "attest/format.h"
#include "attest/intel/quote_format.h"
#include "attest/nitro/nitro_format.h"

namespace strongroom::attest {

std::span<const EvidenceFormat* const> formats() {
  static constexpr std::array<const EvidenceFormat*, 3> kFormats = {
      &intel::kQuoteFormat,
      &nitro::kNitroFormat,
      &amd::kSnpFormat,
  };
  return kFormats;
}

const EvidenceFormat* detect(ByteView evidence) {
  for (const EvidenceFormat* format : formats())
    if (format->recognises(evidence)) return format;
  return nullptr;
}

}  // namespace strongroom::attest
