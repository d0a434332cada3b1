#include "exchange.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace study {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using OwnedKey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using OwnedKeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using OwnedCipher = std::unique_ptr<EVP_CIPHER_CTX, Deleter<EVP_CIPHER_CTX_free>>;

constexpr size_t kSaltSize = 32, kTagSize = 16;
constexpr std::array<uint8_t, 12> kNonce{};

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

OwnedKey private_key(const Key& secret) {
  return OwnedKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, secret.data(), secret.size()));
}

// A peer's key of small order is refused by OpenSSL, as RFC 7748 section 6.1 wants it.
Key agree(const Key& secret, const Key& peer) {
  const OwnedKey own = private_key(secret);
  const OwnedKey other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()));
  const OwnedKeyContext context(own ? EVP_PKEY_CTX_new(own.get(), nullptr) : nullptr);
  Key out{};
  size_t size = out.size();
  require(other && context && EVP_PKEY_derive_init(context.get()) == 1 &&
              EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
              EVP_PKEY_derive(context.get(), out.data(), &size) == 1 && size == out.size(),
          "the peer's key is of no use");
  return out;
}

Key message_key(const Session& session, Direction direction, ByteView salt) {
  const bool of_enclave = public_key(session.secret) == session.enclave;
  Key shared = agree(session.secret, of_enclave ? session.hospital : session.enclave);
  std::string info = direction == Direction::kShard ? "hospitals 1 shard" : "hospitals 1 model";
  for (const Key& part : {session.enclave, session.hospital, session.terms_digest})
    info.append(part.begin(), part.end());
  const OwnedKeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  Key out{};
  size_t size = out.size();
  const bool good =
      context && EVP_PKEY_derive_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_salt(context.get(), salt.data(), static_cast<int>(salt.size())) == 1 &&
      EVP_PKEY_CTX_set1_hkdf_key(context.get(), shared.data(), static_cast<int>(shared.size())) == 1 &&
      EVP_PKEY_CTX_add1_hkdf_info(context.get(), reinterpret_cast<const unsigned char*>(info.data()),
                                  static_cast<int>(info.size())) == 1 &&
      EVP_PKEY_derive(context.get(), out.data(), &size) == 1;
  OPENSSL_cleanse(shared.data(), shared.size());
  require(good && size == out.size(), "cannot derive a key");
  return out;
}

}  // namespace

KeyPair new_key_pair() {
  KeyPair pair;
  require(RAND_priv_bytes(pair.secret.data(), static_cast<int>(pair.secret.size())) == 1, "no randomness");
  pair.open = public_key(pair.secret);
  return pair;
}

Key public_key(const Key& secret) {
  const OwnedKey key = private_key(secret);
  Key out{};
  size_t size = out.size();
  require(key && EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1, "not a key");
  return out;
}

Key sha256(ByteView bytes) {
  Key out{};
  require(EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1,
          "cannot hash");
  return out;
}

Key statement(const Key& enclave, const Key& terms_digest) {
  std::string text = "hospitals 1 statement";
  text.append(enclave.begin(), enclave.end());
  text.append(terms_digest.begin(), terms_digest.end());
  return sha256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Bytes encrypt(const Session& session, Direction direction, ByteView plaintext) {
  Bytes out(kSaltSize + plaintext.size() + kTagSize);
  require(RAND_bytes(out.data(), kSaltSize) == 1, "no randomness");
  Key key = message_key(session, direction, ByteView(out).first(kSaltSize));
  const OwnedCipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  int last = 0;
  const bool good =
      cipher &&
      EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), key.data(), kNonce.data(), nullptr) == 1 &&
      EVP_EncryptUpdate(cipher.get(), out.data() + kSaltSize, &size, plaintext.data(),
                        static_cast<int>(plaintext.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), out.data() + kSaltSize + size, &last) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize,
                          out.data() + out.size() - kTagSize) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  require(good, "cannot encrypt");
  return out;
}

Bytes decrypt(const Session& session, Direction direction, ByteView message) {
  constexpr const char* kRefused = "the message is not from this peer, or not of this study";
  require(message.size() >= kSaltSize + kTagSize && message.size() < (size_t{1} << 30), kRefused);
  Key key = message_key(session, direction, message.first(kSaltSize));
  Bytes out(message.size() - kSaltSize - kTagSize);
  std::array<uint8_t, kTagSize> tag;
  std::copy(message.end() - kTagSize, message.end(), tag.begin());
  const OwnedCipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  int last = 0;
  const bool good =
      cipher &&
      EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), key.data(), kNonce.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(cipher.get(), out.data(), &size, message.data() + kSaltSize,
                        static_cast<int>(out.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), out.data() + size, &last) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  if (!good) {
    OPENSSL_cleanse(out.data(), out.size());
    throw std::runtime_error(kRefused);
  }
  return out;
}

}  // namespace study
