// The bodies that quotes sign: an SGX enclave's REPORT and a TD's report.
// Intel SGX DCAP ECDSA Quote Library API, A.4 (versions 3 and 4) and Intel TDX DCAP Quoting Library API, A.3.
#pragma once

#include <array>

#include "base/bytes.h"

namespace strongroom::attest::intel {

inline constexpr size_t kEnclaveReportSize = 384;
inline constexpr size_t kTdReport10Size = 584;
inline constexpr size_t kTdReport15Size = 648;

// "Enclave Report Body" (SDM volume 3D, REPORT, without key id and MAC).
struct EnclaveReport {
  std::array<uint8_t, 16> cpu_svn{};
  uint32_t misc_select = 0;
  std::array<uint8_t, 16> isv_ext_prod_id{};
  std::array<uint8_t, 16> attributes{};  // FLAGS, XFRM
  std::array<uint8_t, 32> mrenclave{}, mrsigner{};
  std::array<uint8_t, 64> config_id{};
  uint16_t isv_prod_id = 0, isv_svn = 0, config_svn = 0;
  std::array<uint8_t, 16> isv_family_id{};
  std::array<uint8_t, 64> report_data{};

  [[nodiscard]] bool debug() const { return (attributes[0] & 0x02) != 0; }  // FLAGS bit 1
};
Result<EnclaveReport> parse_enclave_report(ByteView bytes);

// "TD Quote Body" for TDX 1.0, and what TDX 1.5 adds at its end.
struct TdReport {
  std::array<uint8_t, 16> tee_tcb_svn{};
  std::array<uint8_t, 48> mrseam{}, mrsigner_seam{};
  std::array<uint8_t, 8> seam_attributes{}, td_attributes{}, xfam{};
  std::array<uint8_t, 48> mrtd{}, mrconfig_id{}, mrowner{}, mrowner_config{};
  std::array<std::array<uint8_t, 48>, 4> rtmr{};
  std::array<uint8_t, 64> report_data{};
  bool version_15 = false;
  std::array<uint8_t, 16> tee_tcb_svn_2{};
  std::array<uint8_t, 48> mrservice_td{};

  // TDATTRIBUTES.TUD, bits 0 to 7 (bit 0 is DEBUG): any of them makes the TD untrusted for its owner.
  [[nodiscard]] bool debug() const { return td_attributes[0] != 0; }
};
// 584 or 648 bytes.
Result<TdReport> parse_td_report(ByteView bytes);

}  // namespace strongroom::attest::intel
