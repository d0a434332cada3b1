#include "host/vault/admission.h"

#include "arch/einit.h"

namespace strongroom::host {

Result<arch::EnclaveIdentity> identity_of(const tee::PreparedImage& image, bool debug) {
  const uint64_t debug_flag = debug ? uint64_t{arch::kAttributeDebug} : 0;
  if (!image.identity.is_signed) {
    // Nobody's enclave: MRSIGNER, product and SVN stay zero, and EnclaveService gives it no key of a signer.
    arch::EnclaveIdentity identity{.mrenclave = image.identity.measurement,
                                   .attributes = arch::kDefaultAttributes};
    identity.attributes.flags |= arch::kAttributeInit | debug_flag;
    return identity;
  }
  const auto sigstruct = TRY_IN("the image's signature", arch::parse_sigstruct(image.view.sigstruct()));
  // What the signer asks for; whether it is granted is for einit() to say.
  arch::EinitInput input{.measurement = image.identity.measurement,
                         .attributes = sigstruct.attributes,
                         .misc_select = sigstruct.misc_select};
  input.attributes.flags = (input.attributes.flags & ~uint64_t{arch::kAttributeDebug}) | debug_flag;
  const auto identity = arch::einit(sigstruct, input);
  if (!identity) return fail(ErrorCode::kVerificationFailed, std::string(arch::to_string(identity.error())));
  return *identity;
}

}  // namespace strongroom::host
