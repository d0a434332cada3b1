#include "image/image_measure.h"

namespace strongroom::image {

arch::PageRange page_range(const ImageSegment& segment) {
  const bool is_tcs = (segment.flags & arch::kSegmentTcs) != 0;
  return arch::PageRange{segment.offset, segment.memory_size,
                         is_tcs ? arch::PageType::kTcs : arch::PageType::kRegular, segment.protection,
                         (segment.flags & arch::kSegmentUnmeasured) == 0};
}

Result<arch::Measurement> measure(const ImageView& image) {
  const arch::ImageHeader& header = image.header();
  auto builder = TRY(arch::MeasurementBuilder::create(header.enclave_size, header.ssa_frame_pages));
  for (const ImageSegment& segment : image.segments())
    TRY(builder.add_pages(page_range(segment), segment.contents));
  return builder.finish();
}

}  // namespace strongroom::image
