// MRENCLAVE of an image: what every loader computes over the pages that it adds.
#pragma once

#include "arch/measurement.h"
#include "image/image_file.h"

namespace strongroom::image {

// Adds the image's segments in their order: TCS pages as such, unmeasured segments without EEXTEND.
Result<arch::Measurement> measure(const ImageView& image);

// How one segment is added; for loaders that measure while they load.
arch::PageRange page_range(const ImageSegment& segment);

}  // namespace strongroom::image
