// Whatever the host answers, and whenever it writes, the kernel keeps the rules of the exchange.
#include "kernel/testing/lying_host.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  strongroom::kernel::testing::check_exchange({data, size});
  return 0;
}
