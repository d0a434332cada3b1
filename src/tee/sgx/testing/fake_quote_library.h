// How a test tells the fake quote library what to do.
#pragma once

#include <cstdint>

namespace strongroom::tee::sgx {

struct FakeQuoteLibrary {
  uint32_t target_info_error = 0, size_error = 0, quote_error = 0;
  uint32_t size = 1000;
};

}  // namespace strongroom::tee::sgx

// Found in the library by its name.
extern "C" strongroom::tee::sgx::FakeQuoteLibrary* strongroom_fake_quote_library();
