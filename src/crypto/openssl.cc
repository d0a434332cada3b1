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

void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace strongroom::crypto
