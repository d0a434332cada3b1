// The kernel's clock, which an enclave starts once; here many enclaves follow each other.
#include "kernel/clock.cc"  // NOLINT(bugprone-suspicious-include): for its state
#include "kernel/testing/lying_host.h"

namespace strongroom::kernel::testing {
void reset_clocks() {
  last_monotonic = 0;
  last_realtime = 0;
}
}  // namespace strongroom::kernel::testing
