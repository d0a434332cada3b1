// Reports of SEV-SNP: the table of src/attest/amd/snp_report.h.
#include "attest/amd/snp_report.h"
#include "attest/structure/layout.h"

namespace strongroom::attest::structure {

std::vector<Field> snp_report(ByteView evidence, size_t offset) {
  Layout layout(evidence, offset);
  const uint64_t version = layout.number("VERSION", 4);
  layout.number("GUEST_SVN", 4);
  layout.number("POLICY", 8);
  layout.bytes("FAMILY_ID", 16);
  layout.bytes("IMAGE_ID", 16);
  layout.number("VMPL", 4);
  layout.number("SIGNATURE_ALGO", 4);
  layout.bytes("CURRENT_TCB", 8);
  layout.number("PLATFORM_INFO", 8);
  layout.number("key flags", 4);
  layout.bytes("reserved", 4);
  layout.bytes("REPORT_DATA", 64);
  layout.bytes("MEASUREMENT", 48);
  layout.bytes("HOST_DATA", 32);
  layout.bytes("ID_KEY_DIGEST", 48);
  layout.bytes("AUTHOR_KEY_DIGEST", 48);
  layout.bytes("REPORT_ID", 32);
  layout.bytes("REPORT_ID_MA", 32);
  layout.bytes("REPORTED_TCB", 8);
  if (version >= 3) {
    layout.number("CPUID_FAM_ID", 1);
    layout.number("CPUID_MOD_ID", 1);
    layout.number("CPUID_STEP", 1);
    layout.bytes("reserved", 21);
  } else {
    layout.bytes("reserved", 24);
  }
  layout.bytes("CHIP_ID", 64);
  layout.bytes("COMMITTED_TCB", 8);
  layout.bytes("CURRENT firmware: build, minor, major", 4);
  layout.bytes("COMMITTED firmware: build, minor, major", 4);
  layout.bytes("LAUNCH_TCB", 8);
  if (version >= 5) {
    layout.number("LAUNCH_MIT_VECTOR", 8);
    layout.number("CURRENT_MIT_VECTOR", 8);
  } else {
    layout.bytes("reserved", 16);
  }
  layout.bytes("reserved", 152);
  layout.bytes("signature r, little-endian", 72);
  layout.bytes("signature s, little-endian", 72);
  layout.bytes("reserved", 368);
  if (offset != 0 || layout.ended()) return layout.take();
  layout.bytes("certificate table", evidence.size());
  return layout.take();
}

}  // namespace strongroom::attest::structure
