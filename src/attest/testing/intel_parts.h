// What quotes of Intel's, and the documents that they are judged by, are made of, for vendors of one's own:
// the cases of the tests (intel_world.h), and the emulated quoting enclave. Never part of what is installed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attest/testing/pki.h"

namespace strongroom::attest::testing {

inline constexpr std::string_view kSgxExtensionOid = "1.2.840.113741.1.13.1";

// What a PCK certificate says of its platform.
struct PckPlatform {
  std::vector<unsigned> components;  // 16
  unsigned pce_svn = 0;
  Bytes fmspc, pce_id;  // 6 and 2 bytes
  // What tests change in the parts of the extensions, and of their TCB, before they are put together.
  std::function<void(std::vector<Bytes>&)> change_parts = {}, change_tcb_parts = {};
};
// The value of the certificate's SGX extensions.
Bytes sgx_extensions(const PckPlatform& platform);

// A TCB level: 16 SGX components of `sgx`, of `tdx`, PCESVN, status, advisory (may be empty).
std::string tcb_level(unsigned sgx, unsigned tdx, unsigned pce_svn, std::string_view status,
                      std::string_view advisory, bool with_tdx);
std::string isv_level(unsigned svn, std::string_view status, std::string_view advisory);
// A document of the PCS: {"NAME": BODY, "signature": ...}.
std::string signed_document(std::string_view name, const std::string& body, const Key& key);

struct QuoteHeader {
  uint16_t version = 3, key_type = 2;
  uint32_t tee_type = 0;
  uint16_t qe_svn = 7, pce_svn = 8;
  Bytes qe_vendor_id, user_data = Bytes(20, 0);  // 16 and 20 bytes
};
Bytes encoded(const QuoteHeader& header);

// The quoting enclave's report with the hash of the key that it vouches for as its REPORTDATA.
Bytes vouching_for(Bytes qe_report, ByteView attestation_point, ByteView authentication_data);
// What follows the attestation key in a quote: the quoting enclave's report with the PCK's signature, and the
// certification data.
Bytes qe_certification(ByteView qe_report, ByteView signature, ByteView authentication_data, uint16_t type,
                       ByteView data);
// The whole quote.
Bytes signed_quote(uint16_t version, ByteView signed_part, ByteView signature, ByteView attestation_point,
                   ByteView certification);

}  // namespace strongroom::attest::testing
