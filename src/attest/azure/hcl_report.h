// The report that Azure's paravisor (HCL) keeps in the vTPM of a confidential VM: a hardware report, and the
// runtime data whose hash the hardware report binds. Microsoft, "Confidential VM guest attestation design",
// tables "Attestation report" and "Runtime data"; all integers are little-endian.
#pragma once

#include <optional>
#include <string>

#include "attest/jwk.h"
#include "base/bytes.h"

namespace strongroom::attest::azure {

enum class HardwareReport : uint32_t { kSnp = 2, kTdx = 4 };

struct HclReport {
  HardwareReport kind = HardwareReport::kSnp;
  Bytes hardware_report;  // SNP: 1,184 bytes; TDX: the TDREPORT of 1,024 bytes, which only its CPU can check
  Bytes runtime_data;     // JSON, exactly as hashed
  Bytes runtime_hash;     // what the hardware's report data must begin with
  crypto::PublicKey attestation_key;  // "HCLAkPub": signs the vTPM's quotes
  std::string configuration;          // "vm-configuration", JSON
  Bytes user_data;                    // "user-data"; empty where absent
};

bool looks_like_hcl(ByteView bytes);

// kMalformed on anything else than one report; zero bytes may follow it: it fills an NV index.
Result<HclReport> parse_hcl(ByteView bytes);

}  // namespace strongroom::attest::azure
