#include "attest/rfc3339.h"

#include <fmt/format.h>

namespace strongroom::attest {
namespace {

// Two or four digits at the front of `text`, taken off; -1 where they are not there.
int digits(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

// Letters in either case (section 5.6).
bool take(std::string_view& text, char wanted) {
  const bool letter = wanted >= 'a' && wanted <= 'z';
  if (text.empty() || (text[0] != wanted && !(letter && text[0] == wanted - 'a' + 'A'))) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<Time> parse_rfc3339(std::string_view text) {
  const auto wrong = fail(ErrorCode::kInvalidArgument,
                          fmt::format("\"{}\" is no time of RFC 3339, such as 2026-01-31T12:00:00Z", text));
  const int year = digits(text, 4);
  if (year < 0 || !take(text, '-')) return wrong;
  const int month = digits(text, 2);
  if (month < 0 || !take(text, '-')) return wrong;
  const int day = digits(text, 2);
  if (day < 0 || !take(text, 't')) return wrong;
  const int hour = digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return wrong;
  const int minute = digits(text, 2);
  if (minute < 0 || minute > 59 || !take(text, ':')) return wrong;
  const int second = digits(text, 2);
  if (second < 0 || second > 59) return wrong;
  if (take(text, '.')) {
    if (digits(text, 1) < 0) return wrong;
    while (digits(text, 1) >= 0) {
    }
  }
  std::chrono::minutes offset{0};
  if (!take(text, 'z')) {
    const bool east = !text.empty() && text[0] == '+';
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return wrong;
    text.remove_prefix(1);
    const int hours = digits(text, 2);
    if (hours < 0 || hours > 23 || !take(text, ':')) return wrong;
    const int minutes = digits(text, 2);
    if (minutes < 0 || minutes > 59) return wrong;
    offset = std::chrono::minutes((east ? 1 : -1) * (hours * 60 + minutes));
  }
  if (!text.empty()) return wrong;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return wrong;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - offset;
}

}  // namespace strongroom::attest
