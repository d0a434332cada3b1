// Fuzz target: TCG event logs and CCELs, through replay and Secure Boot.
#include <cstddef>
#include <cstdint>

#include "attest/tpm/event_log_check.h"
#include "attest/tpm/secure_boot.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::tpm::looks_like_event_log(bytes);
  const auto log = strongroom::attest::tpm::parse_event_log(bytes);
  if (!log) return 0;
  strongroom::attest::Claims claims;
  strongroom::attest::tpm::claim_event_log(*log, claims);
  (void)strongroom::attest::tpm::doubled_separators(*log);
  return 0;
}
