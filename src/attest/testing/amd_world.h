// An AMD of one's own for tests: root, authority, chip key, and reports. Test code only.
#pragma once

#include <functional>

#include "attest/testing/intel_world.h"

namespace strongroom::attest::testing {

struct AmdSpec {
  Time now;
  std::string product = "Milan";  // of the certificates
  bool vlek = false;
  Bytes report;  // 1,184 bytes; the signature is put in
  CertificateSpec ark, ask, key;
  bool pss = true;
  std::string product_name = "Milan-B0";
  unsigned bootloader = 3, tee = 0, snp = 8, microcode = 115;
  std::optional<unsigned> fmc;
  Bytes hardware_id = Bytes(64, 0x1d);
  std::string csp_id = "cloud";
  std::vector<std::string> leave_out;  // OIDs below 1.3.6.1.4.1.3704.1
  Key::Kind key_kind = Key::Kind::kP384;
  bool sign_with_other_key = false, key_signed_by_other = false, ask_signed_by_other = false,
       key_signed_by_root = false, hardware_id_in_vlek = false;
  bool trust_root = true;
  std::vector<std::string> collateral = {"key", "ask", "ark"};
  std::vector<std::string> table;  // in the certificate table behind the report
  std::function<void(Bytes&)> change_table;
  std::vector<uint64_t> ask_revokes, ark_revokes;
  std::function<void(Bytes&)> change_report;
  std::optional<Bytes> nonce;
};

struct AmdCase {
  Bytes evidence;
  std::vector<std::pair<std::string, Bytes>> files;  // what the collateral was made of
  Collateral collateral;
  VerificationOptions options;
};

// Version 2, 3 or 5; "Milan", "Genoa" or "Turin".
AmdSpec good_amd(uint32_t version, const std::string& product, bool vlek);
std::unique_ptr<AmdCase> build(const AmdSpec& spec);
std::vector<ReportField> fields_of_snp_report();

}  // namespace strongroom::attest::testing
