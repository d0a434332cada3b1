#include "crypto/aead.h"

#include <algorithm>

#include "crypto/openssl.h"

namespace strongroom::crypto {
namespace {

using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

OwnedCipherContext start(const Aes256Key& key, const GcmNonce& nonce, bool encrypt) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  require(context != nullptr);
  require(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data(),
                            encrypt ? 1 : 0) == 1);
  return context;
}

// OpenSSL counts in int, so long inputs go in pieces. `out` is null for associated data.
void update(EVP_CIPHER_CTX* context, uint8_t* out, ByteView in) {
  constexpr size_t kPiece = size_t{1} << 30;
  while (!in.empty()) {
    const size_t size = std::min(in.size(), kPiece);
    int written = 0;
    require(EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(size)) == 1);
    if (out != nullptr) out += written;
    in = in.subspan(size);
  }
}

}  // namespace

GcmNonce gcm_nonce(uint32_t prefix, uint64_t number) {
  GcmNonce nonce{};
  const Bytes bytes = ByteWriter().little(prefix).little(number).take();
  std::copy(bytes.begin(), bytes.end(), nonce.begin());
  return nonce;
}

void aes256_gcm_seal_into(std::span<uint8_t> sealed, const Aes256Key& key, const GcmNonce& nonce,
                          ByteView plaintext, std::initializer_list<ByteView> associated) {
  require(sealed.size() == plaintext.size() + kGcmTagSize);
  const OwnedCipherContext context = start(key, nonce, true);
  uint8_t* const tag = sealed.data() + plaintext.size();
  for (const ByteView part : associated) update(context.get(), nullptr, part);
  update(context.get(), sealed.data(), plaintext);
  int written = 0;
  require(EVP_CipherFinal_ex(context.get(), tag, &written) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag) == 1);
}

Bytes aes256_gcm_seal(const Aes256Key& key, const GcmNonce& nonce, ByteView plaintext, ByteView associated) {
  Bytes sealed(plaintext.size() + kGcmTagSize);
  aes256_gcm_seal_into(sealed, key, nonce, plaintext, {associated});
  return sealed;
}

Result<void> aes256_gcm_open_into(std::span<uint8_t> plaintext, const Aes256Key& key, const GcmNonce& nonce,
                                  ByteView sealed, std::initializer_list<ByteView> associated) {
  require(sealed.size() == plaintext.size() + kGcmTagSize);
  Bytes tag = to_bytes(sealed.last(kGcmTagSize));
  const OwnedCipherContext context = start(key, nonce, false);
  for (const ByteView part : associated) update(context.get(), nullptr, part);
  update(context.get(), plaintext.data(), sealed.first(plaintext.size()));
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagSize, tag.data()) == 1);
  uint8_t nothing[kGcmTagSize];
  int written = 0;
  if (EVP_CipherFinal_ex(context.get(), nothing, &written) == 1) return {};
  wipe(plaintext);
  return fail(ErrorCode::kVerificationFailed,
              "sealed data does not open: it was changed, or sealed with another key, nonce or context");
}

Result<Bytes> aes256_gcm_open(const Aes256Key& key, const GcmNonce& nonce, ByteView sealed,
                              ByteView associated) {
  if (sealed.size() < kGcmTagSize)
    return fail(ErrorCode::kMalformed, "sealed data is shorter than its 16-byte tag");
  Bytes plaintext(sealed.size() - kGcmTagSize);
  TRY(aes256_gcm_open_into(plaintext, key, nonce, sealed, {associated}));
  return plaintext;
}

}  // namespace strongroom::crypto
