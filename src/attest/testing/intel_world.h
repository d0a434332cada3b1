// A complete Intel of one's own for tests: root, authorities, platform, quoting enclave, TCB documents and
// quotes, each part changeable before it is signed. Test code only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attest/testing/intel_parts.h"
#include "strongroom/attest.h"

namespace strongroom::attest::testing {

// Everything that a scenario can differ in. The defaults make evidence that is accepted.
struct IntelSpec {
  Time now;

  // The quote.
  uint16_t version = 3;
  bool tdx = false;
  bool td15 = false;  // version 5 only
  uint16_t key_type = 2;
  uint32_t tee_type = 0;  // set from `tdx`
  Bytes qe_vendor_id;     // 16 bytes
  Bytes report;           // 384, 584 or 648 bytes
  Bytes qe_report;        // 384; REPORTDATA is filled in when `bind_key`
  bool bind_key = true;
  Bytes authentication_data = Bytes(32, 0xaa);
  uint16_t certification_type = 5;
  std::vector<std::string> pem_chain = {"pck", "platform", "root"};  // the order in the quote
  bool sign_quote_with_other_key = false, sign_qe_report_with_other_key = false;

  // Certificates, by "root", "platform", "pck", "signing".
  CertificateSpec root, platform, pck, signing;
  bool pck_signed_by_other = false, platform_signed_by_other = false, signing_signed_by_other = false;
  bool trust_root = true, damage_root = false;  // its own signature of itself
  Key::Kind pck_kind = Key::Kind::kP256;

  // The platform's versions, as the PCK says them.
  std::vector<unsigned> components = std::vector<unsigned>(16, 5);
  unsigned pce_svn = 10;
  Bytes fmspc = {0, 0x90, 0x6e, 0xa1, 0, 0}, pce_id = {0, 0};
  std::function<void(Bytes&)> change_extension;
  // The parts of the extension, and those of its TCB, before they are put together.
  std::function<void(std::vector<Bytes>&)> change_parts, change_tcb_parts;

  // Documents: bodies that are signed as they stand.
  std::string tcb_info, qe_identity;  // filled with good ones by make_documents()
  std::string tcb_levels, module_identities, qe_levels;
  std::string tcb_from, tcb_until, qe_from, qe_until;
  unsigned tcb_evaluation_number = 17, qe_evaluation_number = 17;
  bool sign_tcb_with_other_key = false, sign_qe_with_other_key = false;
  std::vector<std::string> collateral = {"tcb_info", "qe_identity",  "signing",
                                         "root",     "platform_crl", "root_crl"};
  std::optional<bool> tdx_documents;  // of the other TEE than the quote
  std::optional<bool> tdx_identity;   // the same, of the quoting enclave's alone
  std::function<void(std::string&)> change_tcb_info, change_qe_identity;  // before they are signed
  std::function<void(std::string&)> change_tcb_document;                  // afterwards
  std::vector<std::string> more_documents;                                // whole JSON texts

  // Revocation lists.
  Time crl_from, crl_until;
  std::vector<uint64_t> platform_revokes, root_revokes;
  bool platform_crl_by_other = false, root_crl_by_other = false;

  // The finished quote.
  std::function<void(Bytes&)> change_quote;
  std::optional<Bytes> nonce;
};

struct IntelCase {
  Bytes evidence;
  std::vector<std::pair<std::string, Bytes>> files;  // what the collateral was made of
  Collateral collateral;
  VerificationOptions options;  // its collateral points to the one above
};

IntelSpec good_intel(uint16_t version, bool tdx, bool td15);
std::unique_ptr<IntelCase> build(const IntelSpec& spec);

// Offsets in a report body, for cases that change one field.
struct ReportField {
  const char* name;
  size_t offset, size;
};
std::vector<ReportField> fields_of_header();
std::vector<ReportField> fields_of_enclave_report();
std::vector<ReportField> fields_of_td_report(bool td15);

}  // namespace strongroom::attest::testing
