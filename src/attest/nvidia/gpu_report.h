// The report of an NVIDIA GPU (Hopper and later) or NVSwitch: an SPDM 1.1 GET_MEASUREMENTS request with the
// MEASUREMENTS response to it, signed by the device. DMTF DSP0274 1.1, sections 10.11.1 and 10.11.2; all
// integers are little-endian. The opaque data are NVIDIA's: fields of type, size, value (nvtrust,
// guest_tools/gpu_verifiers).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "crypto/certificate.h"

namespace strongroom::attest::nvidia {

struct GpuReport {
  Bytes nonce;                             // of the request: the verifier's
  std::map<unsigned, Bytes> measurements;  // by SPDM index, from 1
  std::string driver_version;              // "550.90.07"; empty in switches' reports
  std::string vbios_version;               // "96.00.9F.00.01"
  std::optional<Bytes> firmware_id;        // FWID, where the report has one
  bool decoder_disabled = false;           // then measurement 36 (NVDEC0) says nothing
  Bytes signed_message;
  Bytes signature;  // P-384, r || s, big-endian, over SHA-384

  [[nodiscard]] bool of_switch() const { return driver_version.empty(); }
};

bool looks_like_report(ByteView bytes);

// kMalformed on everything that is not exactly one request with one signed response.
Result<GpuReport> parse_report(ByteView bytes);

// The first FWID, a SHA-384 digest, in the certificate of the key that signs reports: TCG DICE Attestation
// Architecture, TcbInfo (2.23.133.5.4.1), which Blackwell has under 2.23.133.5.4.1.1. None where it is
// absent.
std::optional<Bytes> firmware_id_of(const crypto::Certificate& certificate);

}  // namespace strongroom::attest::nvidia
