// REPORT and TARGETINFO, the structures of local attestation. Freestanding; report.h makes and checks
// reports. Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures", tables "Layout of
// REPORT" and "Layout of TARGETINFO Data Structure".
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/attributes.h"

namespace strongroom::arch {

// What EREPORT requires of addresses, in bytes.
inline constexpr size_t kTargetInfoAlignment = 512;
inline constexpr size_t kReportDataAlignment = 128;
inline constexpr size_t kReportAlignment = 512;

// The part that the MAC covers, and the part that a quote carries.
struct ReportBody {
  uint8_t cpu_svn[16];
  uint32_t misc_select;
  uint8_t cet_attributes;
  uint8_t reserved1[11];
  uint8_t isv_ext_prod_id[16];
  Attributes attributes;
  uint8_t mrenclave[32];
  uint8_t reserved2[32];
  uint8_t mrsigner[32];
  uint8_t reserved3[32];
  uint8_t config_id[64];
  uint16_t isv_prod_id;
  uint16_t isv_svn;
  uint16_t config_svn;
  uint8_t reserved4[42];
  uint8_t isv_family_id[16];
  uint8_t report_data[64];
};
static_assert(sizeof(ReportBody) == 384);
static_assert(offsetof(ReportBody, cpu_svn) == 0);
static_assert(offsetof(ReportBody, misc_select) == 16);
static_assert(offsetof(ReportBody, cet_attributes) == 20);
static_assert(offsetof(ReportBody, isv_ext_prod_id) == 32);
static_assert(offsetof(ReportBody, attributes) == 48);
static_assert(offsetof(ReportBody, mrenclave) == 64);
static_assert(offsetof(ReportBody, mrsigner) == 128);
static_assert(offsetof(ReportBody, config_id) == 192);
static_assert(offsetof(ReportBody, isv_prod_id) == 256);
static_assert(offsetof(ReportBody, isv_svn) == 258);
static_assert(offsetof(ReportBody, config_svn) == 260);
static_assert(offsetof(ReportBody, isv_family_id) == 304);
static_assert(offsetof(ReportBody, report_data) == 320);

struct Report {
  ReportBody body;
  uint8_t key_id[32];  // not covered by the MAC: it chooses the key
  uint8_t mac[16];     // AES-128-CMAC over body with the target's report key
};
static_assert(sizeof(Report) == 432);
static_assert(offsetof(Report, key_id) == 384);
static_assert(offsetof(Report, mac) == 416);

// The enclave that a report is for.
struct TargetInfo {
  uint8_t mrenclave[32];  // MEASUREMENT
  Attributes attributes;
  uint8_t cet_attributes;
  uint8_t reserved1;
  uint16_t config_svn;
  uint32_t misc_select;
  uint8_t reserved2[8];
  uint8_t config_id[64];
  uint8_t reserved3[384];
};
static_assert(sizeof(TargetInfo) == 512);
static_assert(offsetof(TargetInfo, mrenclave) == 0);
static_assert(offsetof(TargetInfo, attributes) == 32);
static_assert(offsetof(TargetInfo, cet_attributes) == 48);
static_assert(offsetof(TargetInfo, config_svn) == 50);
static_assert(offsetof(TargetInfo, misc_select) == 52);
static_assert(offsetof(TargetInfo, reserved2) == 56);
static_assert(offsetof(TargetInfo, config_id) == 64);
static_assert(offsetof(TargetInfo, reserved3) == 128);

}  // namespace strongroom::arch
