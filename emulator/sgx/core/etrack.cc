#include <utility>

#include "core/encls.h"

namespace strongroom::sgx {

Outcome etrack(EpcPage& secs) {
  if (!secs.epcm.valid || secs.epcm.type != arch::PageType::kSecs) return epcm_fault(0);
  Tracking& tracking = secs.enclave->tracking;
  if (tracking.threads_of_earlier != 0) return arch::LeafStatus::kPreviousTrackIncomplete;
  tracking.threads_of_earlier = std::exchange(tracking.threads_of_epoch, 0);
  ++tracking.epoch;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
