// The functions of Intel's quote library (libsgx_dcap_ql.so.1; Intel SGX DCAP ECDSA Quote Library API), for
// the emulated platform. Whoever loads the library by that name gets quotes of the emulator's reports.
#include <cstdio>
#include <cstring>
#include <mutex>

#include "quote/quoting_enclave.h"

namespace {

using namespace strongroom;

// quote3_error_t of sgx_ql_lib_common.h.
enum QuoteError : uint32_t {
  kSuccess = 0,
  kUnexpected = 0xe001,
  kInvalidParameter = 0xe002,
  kFileAccess = 0xe006,
  kInvalidReport = 0xe015,
};

const Result<sgx::TestPki>& pki() {
  static const Result<sgx::TestPki> kPki = [] {
    auto directory = sgx::default_pki_directory();
    return directory ? sgx::open_test_pki(*directory)
                     : Result<sgx::TestPki>(tl::unexpected<Error>(directory.error()));
  }();
  if (!kPki) std::fprintf(stderr, "the SGX emulator's quoting enclave: %s\n", kPki.error().message.c_str());
  return kPki;
}

// Header, body, size of the signature data, signature, attestation key, and what follows it.
size_t quote_size(const sgx::TestPki& pki) {
  return 48 + sizeof(arch::ReportBody) + 4 + 64 + 64 + pki.certification.size();
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) uint32_t sgx_qe_get_target_info(arch::TargetInfo* out) {
  if (out == nullptr) return kInvalidParameter;
  if (!pki()) return kFileAccess;
  *out = arch::target_info(sgx::quoting_enclave());
  return kSuccess;
}

__attribute__((visibility("default"))) uint32_t sgx_qe_get_quote_size(uint32_t* size) {
  if (size == nullptr) return kInvalidParameter;
  if (!pki()) return kFileAccess;
  *size = static_cast<uint32_t>(quote_size(*pki()));
  return kSuccess;
}

__attribute__((visibility("default"))) uint32_t sgx_qe_get_quote(const arch::Report* report, uint32_t size,
                                                                 uint8_t* out) {
  if (report == nullptr || out == nullptr) return kInvalidParameter;
  if (!pki()) return kFileAccess;
  const auto quote = sgx::make_quote(*report, *pki());
  if (!quote) return quote.error().code == ErrorCode::kVerificationFailed ? kInvalidReport : kUnexpected;
  if (size < quote->size()) return kInvalidParameter;
  std::memcpy(out, quote->data(), quote->size());
  return kSuccess;
}
}
