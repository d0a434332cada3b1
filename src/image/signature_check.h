// Checking an image's signature; part of what a keeper links.
#pragma once

#include "arch/sigstruct.h"
#include "image/image_file.h"

namespace strongroom::image {

// The SIGSTRUCT of a signed image, every byte of it checked, and found to be about this image: its
// ENCLAVEHASH is the MRENCLAVE measured now, and it allows DEBUG only where the image's header does. Fails
// with kVerificationFailed where that does not hold, and with kNotFound where the image is unsigned. Whose
// signature it is, is the caller's to judge (arch::signer_identity).
Result<arch::Sigstruct> check_signature(const ImageView& image);

// As above, with the measurement that the caller has made already.
Result<arch::Sigstruct> check_signature(const ImageView& image, const arch::Measurement& measurement);

}  // namespace strongroom::image
