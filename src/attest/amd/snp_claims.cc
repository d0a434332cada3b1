#include <fmt/format.h>

#include "attest/amd/snp_format.h"

namespace strongroom::attest::amd {
namespace {

template <size_t N>
Bytes copy(const std::array<uint8_t, N>& bytes) {
  return Bytes(bytes.begin(), bytes.end());
}

void fill(const TcbVersion& tcb, std::string_view name, bool turin, Claims& claims) {
  const auto set = [&](std::string_view component, uint8_t value) {
    claims.vendor[fmt::format("snp.{}.{}", name, component)] = uint64_t{value};
  };
  if (turin) set("fmc", tcb.fmc);
  set("bootloader", tcb.bootloader);
  set("tee", tcb.tee);
  set("snp", tcb.snp);
  set("microcode", tcb.microcode);
}

std::string text(const FirmwareVersion& version) {
  return fmt::format("{}.{}.{}", version.major, version.minor, version.build);
}

}  // namespace

void fill_claims(const SnpReport& report, Claims& claims) {
  claims.tee = "sev-snp";
  claims.measurement = copy(report.measurement);
  claims.signer = copy(report.id_key_digest);
  claims.svn = report.guest_svn;
  claims.debug = report.debug();
  claims.report_data = copy(report.report_data);
  claims.hardware_id = copy(report.chip_id);
  auto& vendor = claims.vendor;
  vendor["snp.version"] = uint64_t{report.version};
  vendor["snp.policy"] = report.policy;
  vendor["snp.policy.abi_minor"] = report.policy & 0xff;
  vendor["snp.policy.abi_major"] = (report.policy >> 8) & 0xff;
  vendor["snp.policy.smt"] = report.policy_bit(16);
  vendor["snp.policy.migrate_ma"] = report.policy_bit(18);
  vendor["snp.policy.debug"] = report.policy_bit(19);
  vendor["snp.policy.single_socket"] = report.policy_bit(20);
  vendor["snp.policy.ciphertext_hiding_dram"] = report.policy_bit(24);
  vendor["snp.family_id"] = copy(report.family_id);
  vendor["snp.image_id"] = copy(report.image_id);
  vendor["snp.vmpl"] = uint64_t{report.vmpl};
  vendor["snp.platform_info"] = report.platform_info;
  vendor["snp.platform_info.smt"] = (report.platform_info & 1) != 0;
  vendor["snp.platform_info.tsme"] = (report.platform_info & 2) != 0;
  vendor["snp.platform_info.alias_check_complete"] = (report.platform_info & 0x20) != 0;
  vendor["snp.author_key_enabled"] = report.author_key_enabled;
  vendor["snp.chip_key_masked"] = report.chip_key_masked;
  vendor["snp.signing_key"] = std::string(report.signing_key == 0   ? "vcek"
                                          : report.signing_key == 1 ? "vlek"
                                          : report.signing_key == 7 ? "none"
                                                                    : "reserved");
  vendor["snp.host_data"] = copy(report.host_data);
  vendor["snp.id_key_digest"] = copy(report.id_key_digest);
  vendor["snp.author_key_digest"] = copy(report.author_key_digest);
  vendor["snp.report_id"] = copy(report.report_id);
  vendor["snp.report_id_ma"] = copy(report.report_id_ma);
  vendor["snp.chip_id"] = copy(report.chip_id);
  if (report.version >= 3) {
    vendor["snp.cpuid"] = fmt::format("family 0x{:02x}, model 0x{:02x}, stepping 0x{:02x}",
                                      report.cpuid_family, report.cpuid_model, report.cpuid_stepping);
    vendor["snp.product"] = std::string(to_string(report.product));
  }
  const bool turin = report.product == Product::kTurin;
  fill(report.current_tcb, "current_tcb", turin, claims);
  fill(report.reported_tcb, "reported_tcb", turin, claims);
  fill(report.committed_tcb, "committed_tcb", turin, claims);
  fill(report.launch_tcb, "launch_tcb", turin, claims);
  vendor["snp.current_firmware"] = text(report.current);
  vendor["snp.committed_firmware"] = text(report.committed);
  if (report.launch_mitigations) vendor["snp.launch_mitigations"] = *report.launch_mitigations;
  if (report.current_mitigations) vendor["snp.current_mitigations"] = *report.current_mitigations;
}

}  // namespace strongroom::attest::amd
