// A library with the functions of Intel's quote library that does what a test tells it.
#include "tee/sgx/testing/fake_quote_library.h"

#include <cstring>

#include "arch/report_format.h"

namespace {
strongroom::tee::sgx::FakeQuoteLibrary fake;
}

extern "C" {

strongroom::tee::sgx::FakeQuoteLibrary* strongroom_fake_quote_library() {
  return &fake;
}

uint32_t sgx_qe_get_target_info(strongroom::arch::TargetInfo* out) {
  std::memset(out, 0x5a, sizeof *out);
  return fake.target_info_error;
}

uint32_t sgx_qe_get_quote_size(uint32_t* size) {
  *size = fake.size;
  return fake.size_error;
}

// The quote is the report's body behind a header of zeros.
uint32_t sgx_qe_get_quote(const strongroom::arch::Report* report, uint32_t size, uint8_t* quote) {
  constexpr uint32_t kHeader = 48;
  if (size != fake.size) return 0xe002;
  std::memset(quote, 0, size);
  if (size >= kHeader + sizeof report->body) std::memcpy(quote + kHeader, &report->body, sizeof report->body);
  return fake.quote_error;
}
}
