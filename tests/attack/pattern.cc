#include "pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace strongroom::attack {
namespace {

constexpr size_t kShortestPattern = 4;  // shorter ones are found everywhere

}  // namespace

Pattern text_pattern(std::string_view text) {
  return {"text", to_bytes(as_bytes(text))};
}

Result<Pattern> doubles_pattern(std::string_view numbers) {
  Pattern pattern{"doubles", {}};
  while (true) {
    const size_t comma = numbers.find(',');
    const std::string_view word = numbers.substr(0, comma);
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size())
      return fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a number", word));
    const ByteView bytes = object_bytes(value);
    pattern.bytes.insert(pattern.bytes.end(), bytes.begin(), bytes.end());
    if (comma == std::string_view::npos) return pattern;
    numbers.remove_prefix(comma + 1);
  }
}

Result<Pattern> hex_pattern(std::string_view digits) {
  Pattern pattern{"bytes", TRY(from_hex(digits))};
  if (pattern.bytes.size() < kShortestPattern)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a pattern of {} bytes is too short; give at least {}", pattern.bytes.size(),
                            kShortestPattern));
  return pattern;
}

Search::Search(const std::vector<Pattern>& patterns) : patterns_(patterns) {
  for (const Pattern& pattern : patterns_) longest_ = std::max(longest_, pattern.bytes.size());
}

void Search::piece(std::string_view where, uint64_t address, ByteView bytes) {
  if (where != where_ || address != next_address_) window_.clear();
  where_ = where;
  next_address_ = address + bytes.size();
  bytes_searched_ += bytes.size();
  const size_t kept = window_.size();
  window_.insert(window_.end(), bytes.begin(), bytes.end());

  for (const Pattern& pattern : patterns_) {
    const std::string_view needle = as_text(pattern.bytes);
    const std::string_view window = as_text(window_);
    // What stood wholly in the kept end has been found already.
    size_t at = kept >= needle.size() ? kept - needle.size() + 1 : 0;
    while ((at = window.find(needle, at)) != std::string_view::npos) {
      ++hit_count_;
      if (hits_.size() < kMaximumHits) hits_.push_back({pattern.name, where_, address - kept + at});
      ++at;
    }
  }
  const size_t keep = std::min(window_.size(), longest_ - 1);
  window_.erase(window_.begin(), window_.end() - static_cast<ptrdiff_t>(keep));
}

}  // namespace strongroom::attack
