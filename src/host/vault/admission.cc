#include "host/vault/admission.h"

#include "arch/einit.h"

namespace strongroom::host {

Result<Admission> admission_of(const tee::PreparedImage& image, tee::TeeKind tee, bool debug) {
  const uint64_t debug_flag = debug ? uint64_t{arch::kAttributeDebug} : 0;
  Admission admission{.identity = {}, .tee = tee, .is_signed = image.identity.is_signed};
  if (!admission.is_signed) {
    // Nobody's enclave: MRSIGNER, product and SVN stay zero, and EnclaveService gives it no key of a signer.
    admission.identity.mrenclave = image.identity.measurement;
    admission.identity.attributes = arch::kDefaultAttributes;
    admission.identity.attributes.flags |= arch::kAttributeInit | debug_flag;
    return admission;
  }
  const auto sigstruct = TRY_IN("the image's signature", arch::parse_sigstruct(image.view.sigstruct()));
  // What the signer asks for; whether it is granted is for einit() to say.
  arch::EinitInput input{.measurement = image.identity.measurement,
                         .attributes = sigstruct.attributes,
                         .misc_select = sigstruct.misc_select};
  input.attributes.flags = (input.attributes.flags & ~uint64_t{arch::kAttributeDebug}) | debug_flag;
  const auto identity = arch::einit(sigstruct, input);
  if (!identity) return fail(ErrorCode::kVerificationFailed, std::string(arch::to_string(identity.error())));
  admission.identity = *identity;
  return admission;
}

}  // namespace strongroom::host
