// Times as text (RFC 3339).
#pragma once

#include <string_view>

#include "strongroom/attest.h"

namespace strongroom::attest {

// "2026-01-31T12:00:00Z", also with a fraction of a second (cut off) and an offset ("+01:00"); strict about
// everything else, the calendar included. Leap seconds (":60") are refused.
Result<Time> parse_rfc3339(std::string_view text);

}  // namespace strongroom::attest
