// Whatever an enclave writes into the call area, the application's calls come back.
#include "host/testing/hostile_enclave.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  strongroom::host::testing::check_gate({data, size});
  return 0;
}
