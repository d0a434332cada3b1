// The part of reading an image that compares ImageHeader with the segments.
#pragma once

#include "arch/tcs.h"
#include "image/image_file.h"

namespace strongroom::image {

// Whether the ranges are whole pages, in order, inside the enclave, and agree with counts and strides.
Result<void> check_header(const arch::ImageHeader& header);

// Whether the segments are exactly the pages that the header describes, and TCS pages name this layout.
// `entry` is the ELF entry point: the OENTRY of every TCS.
Result<void> check_layout(const arch::ImageHeader& header, const std::vector<ImageSegment>& segments,
                          uint64_t entry);

// The TCS page of a thread, as this layout determines it: flags and segment bases are zero.
arch::Tcs expected_tcs(const arch::ImageHeader& header, uint32_t thread, uint64_t entry);

}  // namespace strongroom::image
