// ECDSA quotes of Intel SGX and TDX, taken apart: version 3 (SGX), 4 (SGX, TDX 1.0) and 5 (SGX, TDX 1.0 and
// 1.5). Intel SGX DCAP ECDSA Quote Library API, A.4; Intel TDX DCAP Quoting Library API, A.3 (version 4) and
// A.4 (version 5). All integers are little-endian.
#pragma once

#include <optional>
#include <vector>

#include "attest/intel/emulated.h"
#include "attest/intel/report_body.h"
#include "base/bytes.h"

namespace strongroom::attest::intel {

inline constexpr uint32_t kTeeSgx = 0x00000000;
inline constexpr uint32_t kTeeTdx = 0x00000081;
inline constexpr uint16_t kEcdsaP256 = 2;  // attestation key types; 3, ECDSA with P-384, is reserved

// "QE Certification Data", types of A.4.9 (version 3) and A.3.9 (version 4).
enum class CertificationType : uint16_t {
  kPpidClear = 1,
  kPpidRsa2048 = 2,
  kPpidRsa3072 = 3,
  kPckLeaf = 4,
  kPckChain = 5,
  kQeReport = 6,  // only around the others, in versions 4 and 5
  kPlatformManifest = 7,
};

struct Quote {
  uint16_t version = 0;
  uint16_t attestation_key_type = 0;
  uint32_t tee_type = 0;
  uint16_t qe_svn = 0, pce_svn = 0;  // version 3 only; not to be judged by: the PCK certificate says it
  std::array<uint8_t, 16> qe_vendor_id{};
  std::array<uint8_t, 20> user_data{};
  // It says that Strongroom's emulator made it.
  [[nodiscard]] bool is_emulated() const { return qe_vendor_id == kEmulatorVendorId; }

  // One of the two.
  std::optional<EnclaveReport> enclave;
  std::optional<TdReport> td;

  Bytes signed_bytes;                         // header, body (and in version 5 its descriptor)
  std::array<uint8_t, 64> signature{};        // by the attestation key; r || s
  std::array<uint8_t, 64> attestation_key{};  // x || y, P-256
  EnclaveReport qe_report;
  std::array<uint8_t, kEnclaveReportSize> qe_report_bytes{};
  std::array<uint8_t, 64> qe_report_signature{};  // by the PCK
  Bytes qe_authentication_data;
  CertificationType certification_type = CertificationType::kPckChain;
  Bytes certification_data;
};

// Looks only at the header.
bool looks_like_quote(ByteView bytes);

// Fails with kMalformed on anything but exactly one quote; zero bytes may follow it, because quoting
// libraries of clouds hand out their whole buffer.
Result<Quote> parse_quote(ByteView bytes);

// How many bytes of `bytes` are the quote that they begin with, by its header and sizes alone.
Result<size_t> quote_size(ByteView bytes);

}  // namespace strongroom::attest::intel
