#include "cli/date.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdlib>

namespace strongroom::cli {

Result<uint32_t> parse_date(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a date; write it as YYYYMMDD", text));
  };
  uint32_t coded = 0;
  const char* const end = text.data() + text.size();
  for (const char digit : text)
    if (digit < '0' || digit > '9') return refuse();
  if (text.size() != 8 || std::from_chars(text.data(), end, coded, 16).ptr != end) return refuse();
  const auto part = [&](size_t at, size_t size) {
    unsigned value = 0;
    std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(part(0, 4))),
                                        std::chrono::month(part(4, 2)), std::chrono::day(part(6, 2))};
  if (!day.ok()) return refuse();
  return coded;
}

Result<uint32_t> signing_date() {
  auto now = std::chrono::system_clock::now();
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) {
    const std::string_view text = epoch;
    int64_t seconds = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), seconds).ptr != text.data() + text.size() ||
        text.empty() || seconds < 0 || seconds > 253402300799)  // the last second of the year 9999
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("SOURCE_DATE_EPOCH is \"{}\"; it must be a number of seconds since 1970", text));
    now = std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
  }
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(now));
  return parse_date(fmt::format("{:04}{:02}{:02}", static_cast<int>(day.year()),
                                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day())));
}

}  // namespace strongroom::cli
