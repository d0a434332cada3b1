// A machine's TPM 2.0, by tpm2-tss: it seals secrets that no other TPM opens, and vouches for data.
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

  // Evidence of this TPM with `data` (at most 32 bytes) as extraData, over PCRs 0 to 15 of the SHA-256 bank,
  // in the verifier's JSON (attest/tpm/tpm_evidence.h), with the public area of its attestation key: a
  // restricted key on P-256 that follows from the endorsement seed and stays the same until that changes.
  // Whoever judges it needs a reason to believe that key (credential activation, or the area itself).
  Result<Bytes> quote(ByteView data);

 private:
  struct Context;
  explicit Tpm(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace strongroom::host
