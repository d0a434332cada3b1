#include "strongroom/enclave/sealing.h"

#include "enclave/seal_key.h"

namespace strongroom::enclave {
namespace {

constexpr size_t kTagSize = crypto::kGcmTagSize;
static_assert(kSealOverhead == sizeof(SealHeader) + kTagSize);

// The key serves one blob.
constexpr crypto::GcmNonce kNonce{};

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
  auto key = TRY(seal_key(header));
  std::memcpy(sealed.data(), &header, sizeof header);
  crypto::aes256_gcm_seal_into(sealed.subspan(sizeof header), key, kNonce, plaintext,
                               {object_bytes(header), additional});
  wipe(key);
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
  auto key = TRY(seal_key(header));
  const auto opened = crypto::aes256_gcm_open_into(plaintext, key, kNonce, sealed.subspan(sizeof header),
                                                   {object_bytes(header), additional});
  wipe(key);
  if (opened) return {};
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
