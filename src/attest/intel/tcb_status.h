// Intel's words for the state of a trusted computing base, and how the states of its parts converge
// (PCS API version 4, "Get TCB Info", tcbStatus; DCAP Quote Verification Library, section on TCB levels).
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace strongroom::attest::intel {

enum class TcbStatus {
  kUpToDate,
  kSwHardeningNeeded,
  kConfigurationNeeded,
  kConfigurationAndSwHardeningNeeded,
  kOutOfDate,
  kOutOfDateConfigurationNeeded,
  kTdRelaunchAdvised,
  kTdRelaunchAdvisedConfigurationNeeded,
  kRevoked,
};

std::string_view to_string(TcbStatus status);
// The spelling of the PCS; the two of relaunch, which it never sends, are refused.
Result<TcbStatus> parse_tcb_status(std::string_view text);

bool needs_configuration(TcbStatus status);

// The platform's status lowered by that of a part of it (TDX module, quoting enclave).
TcbStatus converge(TcbStatus platform, TcbStatus part);

}  // namespace strongroom::attest::intel
