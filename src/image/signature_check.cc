#include "image/signature_check.h"

#include "image/image_measure.h"

namespace strongroom::image {

Result<arch::Sigstruct> check_signature(const ImageView& image) {
  return check_signature(image, TRY(measure(image)));
}

Result<arch::Sigstruct> check_signature(const ImageView& image, const arch::Measurement& measurement) {
  if (!image.is_signed())
    return fail(ErrorCode::kNotFound, "the image is unsigned; sign it with `strongroom sign`");
  const arch::Sigstruct sigstruct = TRY_IN("the image's signature", arch::parse_sigstruct(image.sigstruct()));
  if (arch::enclave_measurement(sigstruct) != measurement)
    return fail(ErrorCode::kVerificationFailed,
                "the image's signature is about another image: its ENCLAVEHASH is not this MRENCLAVE");
  if (arch::permits_debug(sigstruct) && (image.header().flags & arch::kImageDebug) == 0)
    return fail(ErrorCode::kVerificationFailed,
                "the image's signature allows DEBUG, but the image was built without `debug = true`");
  return sigstruct;
}

}  // namespace strongroom::image
