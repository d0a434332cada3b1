#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include "crypto/openssl.h"

namespace strongroom::crypto {

CmacTag aes128_cmac(const Aes128Key& key, ByteView message) {
  // Fetching walks the providers; once is enough.
  static EVP_MAC* const cmac = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
  require(cmac != nullptr);
  const Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> context(EVP_MAC_CTX_new(cmac));
  require(context != nullptr);
  char cipher[] = "AES-128-CBC";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                                   OSSL_PARAM_construct_end()};
  CmacTag tag;
  size_t written = 0;
  require(EVP_MAC_init(context.get(), key.data(), key.size(), parameters) == 1);
  require(EVP_MAC_update(context.get(), message.data(), message.size()) == 1);
  require(EVP_MAC_final(context.get(), tag.data(), &written, tag.size()) == 1 && written == tag.size());
  return tag;
}

Sha256Digest hmac_sha256(ByteView key, ByteView message) {
  Sha256Digest tag;
  // HMAC() takes a null key for "the key of the call before".
  static constexpr uint8_t kNoKey[1] = {};
  const uint8_t* key_data = key.empty() ? kNoKey : key.data();
  require(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), message.data(), message.size(),
               tag.data(), nullptr) != nullptr);
  return tag;
}

bool equal_in_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace strongroom::crypto
