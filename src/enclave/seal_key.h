// The keys of sealed blobs.
#pragma once

#include "base/bytes.h"
#include "crypto/aead.h"
#include "enclave/seal_format.h"
#include "strongroom/enclave/sealing.h"

namespace strongroom::enclave {

// The header of a new blob: present versions, this start's key id, a salt of its own. Thread safe.
Result<SealHeader> new_seal_header(SealTo to, size_t plaintext_size, size_t additional_size);

// The key of the blob with this header. The keeper is asked once for each key id; thread safe.
Result<crypto::Aes256Key> seal_key(const SealHeader& header);

// For tests: a new start of the enclave, as far as keys are concerned.
void forget_seal_keys();

}  // namespace strongroom::enclave
