#include "tee/sgx/quote_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "arch/quote_token.h"
#include "tee/sgx/processor.h"

namespace strongroom::tee::sgx {
namespace {

constexpr char kLibrary[] = "libsgx_dcap_ql.so.1";

template <typename Function>
Result<void> find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(dlsym(library, name));
  if (out != nullptr) return {};
  return fail(ErrorCode::kUnsupported,
              fmt::format("the quote library has no {}; install libsgx-dcap-ql 1.0 or newer", name));
}

}  // namespace

std::string quote_library_file() {
  const std::string emulator = emulator_file();
  return emulator.empty() ? kLibrary : std::filesystem::path(emulator).replace_filename(kLibrary).string();
}

Result<QuoteLibrary> QuoteLibrary::load(const std::string& file) {
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return fail(ErrorCode::kNotFound,
                fmt::format("Intel's quote library cannot be loaded ({}); install libsgx-dcap-ql and "
                            "libsgx-dcap-default-qpl",
                            dlerror()));
  Interface found;
  TRY(find(library, "sgx_qe_get_target_info", found.get_target_info));
  TRY(find(library, "sgx_qe_get_quote_size", found.get_quote_size));
  TRY(find(library, "sgx_qe_get_quote", found.get_quote));
  return QuoteLibrary(found);
}

Result<arch::TargetInfo> QuoteLibrary::target_info() const {
  arch::TargetInfo out{};
  if (const uint32_t code = library_.get_target_info(&out); code != 0)
    return tl::unexpected<Error>(explain_quote_error(code, "the quoting enclave does not start"));
  return out;
}

Result<Bytes> QuoteLibrary::quote(const arch::Report& report) const {
  uint32_t size = 0;
  if (const uint32_t code = library_.get_quote_size(&size); code != 0)
    return tl::unexpected<Error>(explain_quote_error(code, "the quoting enclave has no size for a quote"));
  if (size == 0 || size > arch::kMaximumQuote)
    return fail(ErrorCode::kUnsupported,
                fmt::format("the quote library wants to make a quote of {} bytes; at "
                            "most {} fit into evidence",
                            size, arch::kMaximumQuote));
  Bytes quote(size);
  if (const uint32_t code = library_.get_quote(&report, size, quote.data()); code != 0)
    return tl::unexpected<Error>(explain_quote_error(code, "the quoting enclave makes no quote"));
  return quote;
}

}  // namespace strongroom::tee::sgx
