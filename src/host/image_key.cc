#include "host/image_key.h"

#include "crypto/digest.h"

namespace strongroom::host {

ImageKey image_key(const image::ImageView& view, const arch::Measurement& measurement) {
  return crypto::sha256(ByteWriter().bytes(measurement).bytes(view.sigstruct()).take());
}

}  // namespace strongroom::host
