// The report of one device with its certificates, bare or in the JSON of NVIDIA's tools:
// [{"arch": "HOPPER", "certificate": base64 of PEM, "evidence": base64 of the report, "nonce": hex}, ...].
// The nonce in the JSON is what the device was asked, says the sender: it counts for nothing.
#pragma once

#include <vector>

#include "attest/nvidia/gpu_report.h"
#include "crypto/signature_cache.h"

namespace strongroom::attest::nvidia {

struct Device {
  std::string architecture;  // as the sender says; empty for a bare report
  Bytes report;
  std::vector<crypto::Certificate> certificates;
};

bool looks_like_device_list(ByteView bytes);
// At least one device, at most 64.
Result<std::vector<Device>> parse_device_list(ByteView bytes, crypto::SignatureCache* cache);

}  // namespace strongroom::attest::nvidia
