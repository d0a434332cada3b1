// Whatever the host writes into the call area, a worker of the enclave serves it, refuses it, and stops when
// it is asked to.
#include "enclave/testing/hostile_host.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  strongroom::enclave::testing::check_worker({data, size});
  return 0;
}
