#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace strongroom::crypto {

Result<void> fill_random(std::span<uint8_t> out) {
  if (RAND_priv_bytes_ex(nullptr, out.data(), out.size(), 0) != 1)
    return fail_openssl(ErrorCode::kUnavailable, "cannot get random bytes");
  return {};
}

}  // namespace strongroom::crypto
