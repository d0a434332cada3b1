// By what an image is known: application and keeper compute the same of the same image.
#pragma once

#include "host/protocol.h"
#include "image/image_file.h"

namespace strongroom::host {

ImageKey image_key(const image::ImageView& view, const arch::Measurement& measurement);

}  // namespace strongroom::host
