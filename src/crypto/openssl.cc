#include "crypto/openssl.h"

#include <openssl/err.h>

#include <cstdlib>
#include <string>

namespace strongroom::crypto {

tl::unexpected<Error> fail_openssl(ErrorCode code, std::string_view what) {
  const unsigned long number = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = number == 0 ? nullptr : ERR_reason_error_string(number);
  return fail(code, std::string(what) + ": " + (reason == nullptr ? "no reason given by OpenSSL" : reason));
}

OwnedBio reading_bio(std::string_view text) {
  // OpenSSL takes no null pointer, which is what an empty file leaves.
  OwnedBio bio(BIO_new_mem_buf(text.empty() ? "" : text.data(), static_cast<int>(text.size())));
  require(bio != nullptr);
  return bio;
}

void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace strongroom::crypto
