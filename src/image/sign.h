// Signing images: a SIGSTRUCT in the image's note, by a key at hand or by one that lives elsewhere (an HSM).
// Signing again replaces the signature; MRENCLAVE stays.
#pragma once

#include "arch/sigstruct.h"
#include "image/image_file.h"

namespace strongroom::image {

// The SIGSTRUCT that a signer signs: MRENCLAVE as measured; product id, SVN, KSS ids and whether DEBUG is
// allowed as the manifest says. `date`: 0xYYYYMMDD in binary-coded decimal.
Result<arch::Sigstruct> unsigned_sigstruct(const ImageView& image, uint32_t date);

// Signs the image `file` in place.
Result<void> sign_image(std::span<uint8_t> file, const crypto::RsaPrivateKey& key, uint32_t date);

// Detached signing: the SHA-256 digest goes to the key's owner (RSASSA-PKCS1-v1_5), and the signature comes
// back, big-endian. Both calls need the same date. A signature that does not hold is refused, and then
// `file` stays as it was.
Result<crypto::Sha256Digest> signing_digest(const ImageView& image, uint32_t date);
Result<void> attach_image_signature(std::span<uint8_t> file, const crypto::RsaPublicKey& key,
                                    const crypto::RsaNumber& signature, uint32_t date);

}  // namespace strongroom::image
