// What the vault is told of an enclave when it is launched. Vault and keeper are one program, so the
// structure itself is the message.
#pragma once

#include "arch/identity.h"
#include "tee/platform.h"
#include "tee/prepared_image.h"

namespace strongroom::host {

struct Admission {
  arch::EnclaveIdentity identity;
  tee::TeeKind tee;
  bool is_signed;
};
static_assert(std::is_trivially_copyable_v<Admission>);

// Who the enclave of this image is when it is launched so. kVerificationFailed where its signer does not
// permit it.
Result<arch::EnclaveIdentity> identity_of(const tee::PreparedImage& image, bool debug);

}  // namespace strongroom::host
