// EREPORT in software, and the check of a report by its target. Intel SDM volume 3D, chapter "SGX Instruction
// References", EREPORT. Pure functions: no system calls, thread safe.
//
// Local attestation of enclave A to enclave B on one platform: B gives its target_info() (key.h); A calls
// EREPORT for it; B asks EGETKEY for the key of make_report_request(report), and has_valid_mac() says whether
// this platform made the report for B. Only then do the fields of report.body mean anything.
#pragma once

#include "arch/key.h"

namespace strongroom::arch {

using ReportData = std::array<uint8_t, 64>;

// How to answer the enclave that made a report.
TargetInfo target_info(const ReportBody& body);

// Whether reserved bytes are set.
bool has_reserved(const TargetInfo& target);

// kGeneralProtection: reserved bytes of TARGETINFO are set. The pseudocode of older manuals does not look at
// them; that they must be zero is their definition.
LeafResult<Report> ereport(const Platform& platform, const EnclaveIdentity& enclave, const TargetInfo& target,
                           const ReportData& report_data);

// Whether the report was authenticated with this report key. Constant time.
bool has_valid_mac(const Report& report, const EnclaveKey& report_key);

// All of it, for a target whose keys the caller holds the platform for (the keeper, the emulator).
bool is_report_for(const Platform& platform, const EnclaveIdentity& target, const Report& report);

}  // namespace strongroom::arch
