// The date in a SIGSTRUCT: 0xYYYYMMDD in binary-coded decimal.
#pragma once

#include <cstdint>
#include <string_view>

#include "strongroom/result.h"

namespace strongroom::cli {

// Today in UTC; where SOURCE_DATE_EPOCH is set, its day
// (https://reproducible-builds.org/specs/source-date-epoch).
Result<uint32_t> signing_date();

// "20260131" -> 0x20260131. Refuses what is not a day of the calendar.
Result<uint32_t> parse_date(std::string_view text);

}  // namespace strongroom::cli
