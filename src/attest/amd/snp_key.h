// The certificate of the key that signs SNP reports (VCEK: of one chip; VLEK: of one cloud provider), and
// AMD's extensions in it. Versioned Chip Endorsement Key Certificate and KDS Interface Specification (AMD
// document 57230), chapter 3, table 8 (VCEK) and table 9 (VLEK).
#pragma once

#include <optional>
#include <string>

#include "attest/amd/snp_report.h"
#include "crypto/certificate.h"

namespace strongroom::attest::amd {

struct SnpKey {
  SigningKey kind = SigningKey::kVcek;
  std::string product;  // "Milan-B0", "Genoa", "Turin"
  TcbVersion tcb;       // components only; raw stays zero
  Bytes hardware_id;    // VCEK: 64 bytes, of Turin 8; VLEK: none
  std::string csp_id;   // VLEK
};

// Is named as AMD names such certificates.
bool is_snp_key(const crypto::Certificate& certificate);
// kVerificationFailed where extensions are missing or malformed.
Result<SnpKey> parse_snp_key(const crypto::Certificate& certificate);

}  // namespace strongroom::attest::amd
