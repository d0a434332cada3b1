// Sealing a secret to a machine's TPM 2.0, by tpm2-tss: what was sealed, that TPM opens, and no other.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace strongroom::host {

// Not thread safe.
class Tpm {
 public:
  // The TPM that $STRONGROOM_TPM names, as tpm2-tss writes it ("device:/dev/tpmrm0", "swtpm:path=..."); else
  // /dev/tpmrm0. kNotFound where there is none, and for $STRONGROOM_TPM "none"; kPermissionDenied,
  // kUnavailable where there is one that does not serve.
  static Result<Tpm> open();
  Tpm(Tpm&&) noexcept;
  ~Tpm();

  // At most 128 bytes. The object lies under a storage key of the owner hierarchy, which must have no
  // password; it is bound to no PCR, so a new kernel opens it. TCG, TPM 2.0 Library Part 1, "Sealed Data".
  // On the way to the TPM the secret is encrypted.
  Result<Bytes> seal(ByteView secret);
  // kVerificationFailed for what another TPM sealed, or this one before it was cleared.
  Result<Bytes> unseal(ByteView sealed);

 private:
  struct Context;
  explicit Tpm(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace strongroom::host
