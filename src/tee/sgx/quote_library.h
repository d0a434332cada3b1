// Intel's quote library (DCAP), which makes a REPORT a quote. Loaded when it is wanted: nothing else needs it
// to be installed.
#pragma once

#include <string>

#include "arch/report_format.h"
#include "base/bytes.h"

namespace strongroom::tee::sgx {

// Not thread safe.
class QuoteLibrary {
 public:
  // `file`: as dlopen() takes it. kNotFound where it cannot be loaded; it is never unloaded.
  static Result<QuoteLibrary> load(const std::string& file);

  // Whom a report has to be for to become a quote. Loads the quoting enclave, which takes a moment the first
  // time, and makes the platform's attestation key where there is none.
  [[nodiscard]] Result<arch::TargetInfo> target_info() const;
  // The quote of a report for target_info(). At most arch::kMaximumQuote bytes.
  [[nodiscard]] Result<Bytes> quote(const arch::Report& report) const;

 private:
  // The library's own functions: Intel SGX DCAP ECDSA Quote Library API, "sgx_qe_get_target_info",
  // "sgx_qe_get_quote_size", "sgx_qe_get_quote" (header sgx_dcap_ql_wrapper.h). quote3_error_t is an enum.
  struct Interface {
    uint32_t (*get_target_info)(arch::TargetInfo* out) = nullptr;
    uint32_t (*get_quote_size)(uint32_t* size) = nullptr;
    uint32_t (*get_quote)(const arch::Report* report, uint32_t size, uint8_t* quote) = nullptr;
  };
  explicit QuoteLibrary(const Interface& library) : library_(library) {}
  Interface library_;
};

// The library's name; under the emulator, the path of the emulated quoting enclave, which stands beside the
// emulator. A report that one of the two platforms made never gets a quote of the other.
std::string quote_library_file();

// What a code of quote3_error_t means, and what to do about it. `doing` begins the message.
Error explain_quote_error(uint32_t code, std::string_view doing);

}  // namespace strongroom::tee::sgx
