// Whatever the host puts into the start block, the program gets what is measured, and from the host only what
// the image allows.
#include "kernel/testing/lying_host.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  strongroom::kernel::testing::check_start_block({data, size});
  return 0;
}
