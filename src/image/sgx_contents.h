// The pages of an enclave for SGX, as they are loaded and measured.
#pragma once

#include "arch/measurement.h"

namespace strongroom::image {

struct SgxContents {
  uint64_t enclave_size = 0;
  uint32_t ssa_frame_pages = 0;
  uint64_t pages = 0;
  uint64_t tcs_pages = 0;
  uint64_t measured_bytes = 0;
  uint64_t unmeasured_bytes = 0;
  arch::Measurement measurement{};  // MRENCLAVE
};

}  // namespace strongroom::image
