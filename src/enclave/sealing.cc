#include "strongroom/enclave/sealing.h"

#include <algorithm>

#include "crypto/openssl.h"
#include "enclave/seal_key.h"

namespace strongroom::enclave {
namespace {

using CipherContext = crypto::Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
constexpr size_t kTagSize = crypto::kGcmTagSize;
static_assert(kSealOverhead == sizeof(SealHeader) + kTagSize);

// OpenSSL counts in int. `out` is null for what is only authenticated.
void update(EVP_CIPHER_CTX* context, uint8_t* out, ByteView in) {
  constexpr size_t kPiece = size_t{1} << 30;
  while (!in.empty()) {
    const size_t size = std::min(in.size(), kPiece);
    int written = 0;
    crypto::require(EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(size)) == 1);
    if (out != nullptr) out += written;
    in = in.subspan(size);
  }
}

// The nonce is zero: the key serves this one blob. Header and additional data are authenticated.
Result<CipherContext> start(const SealHeader& header, ByteView additional, bool encrypt) {
  static constexpr uint8_t kNonce[12] = {};
  auto key = TRY(seal_key(header));
  CipherContext context(EVP_CIPHER_CTX_new());
  crypto::require(context != nullptr);
  crypto::require(
      EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), kNonce, encrypt ? 1 : 0) == 1);
  wipe(key);
  update(context.get(), nullptr, object_bytes(header));
  update(context.get(), nullptr, additional);
  return context;
}

Result<SealHeader> parse(ByteView sealed, ByteView additional) {
  ByteReader reader(sealed);
  const auto header = TRY_IN("sealed data", reader.object<SealHeader>("header"));
  if (header.magic != kSealMagic) return fail(ErrorCode::kMalformed, "this is not sealed data");
  if (header.version != kSealVersion)
    return fail(ErrorCode::kMalformed, "sealed data of version " + std::to_string(header.version) +
                                           ", which this library does not know");
  const bool known_policy = header.key_policy == static_cast<uint16_t>(SealTo::kEnclave) ||
                            header.key_policy == static_cast<uint16_t>(SealTo::kSigner);
  if (!known_policy || header.reserved != 0)
    return fail(ErrorCode::kMalformed, "sealed data with a header that nobody writes");
  if (reader.remaining() < kTagSize || header.plaintext_size != reader.remaining() - kTagSize)
    return fail(ErrorCode::kMalformed, "sealed data that was cut off, or has something behind it");
  if (header.additional_size != additional.size())
    return fail(ErrorCode::kVerificationFailed, "sealed with additional data of another length");
  return header;
}

}  // namespace

Result<void> seal_into(std::span<uint8_t> sealed, SealTo to, std::span<const uint8_t> plaintext,
                       std::span<const uint8_t> additional) {
  if (sealed.size() < kSealOverhead || sealed.size() - kSealOverhead != plaintext.size())
    return fail(ErrorCode::kInvalidArgument,
                "sealed data takes exactly kSealOverhead bytes more than its plaintext");
  const SealHeader header = TRY(new_seal_header(to, plaintext.size(), additional.size()));
  const CipherContext context = TRY(start(header, additional, true));
  std::memcpy(sealed.data(), &header, sizeof header);
  update(context.get(), sealed.data() + sizeof header, plaintext);
  uint8_t* const tag = sealed.data() + sizeof header + plaintext.size();
  int written = 0;
  crypto::require(EVP_CipherFinal_ex(context.get(), tag, &written) == 1);
  crypto::require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1);
  return {};
}

Result<std::vector<uint8_t>> seal(SealTo to, std::span<const uint8_t> plaintext,
                                  std::span<const uint8_t> additional) {
  std::vector<uint8_t> sealed(plaintext.size() + kSealOverhead);
  TRY(seal_into(sealed, to, plaintext, additional));
  return sealed;
}

Result<void> unseal_into(std::span<uint8_t> plaintext, std::span<const uint8_t> sealed,
                         std::span<const uint8_t> additional) {
  const SealHeader header = TRY(parse(sealed, additional));
  if (plaintext.size() != header.plaintext_size)
    return fail(ErrorCode::kInvalidArgument, "room for the plaintext must be exactly as large as it");
  const CipherContext context = TRY(start(header, additional, false));
  update(context.get(), plaintext.data(), sealed.subspan(sizeof header, plaintext.size()));
  Bytes tag = to_bytes(sealed.last(kTagSize));
  crypto::require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1);
  uint8_t nothing[kTagSize];
  int written = 0;
  if (EVP_CipherFinal_ex(context.get(), nothing, &written) == 1) return {};
  wipe(plaintext);
  return fail(
      ErrorCode::kVerificationFailed,
      "the sealed data was changed, or sealed by another enclave, signer, product or platform, or with other "
      "additional data");
}

Result<std::vector<uint8_t>> unseal(std::span<const uint8_t> sealed, std::span<const uint8_t> additional) {
  const SealHeader header = TRY(parse(sealed, additional));
  std::vector<uint8_t> plaintext(header.plaintext_size);
  TRY(unseal_into(plaintext, sealed, additional));
  return plaintext;
}

}  // namespace strongroom::enclave
