// HCL reports: the tables of src/attest/azure/hcl_report.h.
#include "attest/azure/hcl_report.h"
#include "attest/structure/layout.h"

namespace strongroom::attest::structure {

std::vector<Field> azure_hcl(ByteView evidence, Budget& budget) {
  constexpr size_t kHardwareSize = 1184, kTypeAt = 32 + kHardwareSize + 8;
  Layout layout(evidence, 0);
  layout.bytes("signature \"HCLA\"", 4);
  layout.number("version", 4);
  layout.bytes("header", 24);
  const bool snp =
      kTypeAt < evidence.size() && evidence[kTypeAt] == static_cast<uint8_t>(azure::HardwareReport::kSnp);
  if (snp && evidence.size() >= 32 + kHardwareSize) {
    layout.group("SNP report", snp_report(evidence.first(32 + kHardwareSize), 32));
  } else {
    layout.bytes("hardware report", kHardwareSize);
  }
  layout.number("runtime data size", 4);
  layout.number("runtime data version", 4);
  layout.number("report type", 4);
  layout.number("hash type", 4);
  const uint64_t size = layout.number("runtime claims size", 4);
  if (size != 0) {
    Field& claims = layout.bytes("runtime claims", size);
    claims.children = json(evidence, {claims.offset, claims.size}, budget);
    if (!claims.children.empty()) claims.text.clear();
  }
  if (!layout.ended()) layout.bytes("padding", evidence.size());
  return layout.take();
}

}  // namespace strongroom::attest::structure
