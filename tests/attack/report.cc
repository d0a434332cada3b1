// How a hunt is told, to people and to programs.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "hunt.h"

namespace strongroom::attack {
namespace {

constexpr const char* kLine = "  {:<18} {:<16} {}\n";

std::string size_text(uint64_t bytes) {
  if (bytes < 1024 * 1024) return fmt::format("{} KiB read", (bytes + 1023) / 1024);
  return fmt::format("{:.1f} MiB read", static_cast<double>(bytes) / (1024 * 1024));
}

std::string detail(const Attempt& attempt) {
  if (attempt.outcome == Outcome::kFound && !attempt.hits.empty()) {
    const Hit& first = attempt.hits.front();
    return fmt::format("{}: {} at {:#x} in {}{}", attempt.process, first.pattern, first.address,
                       first.where.empty() ? "anonymous memory" : first.where,
                       attempt.hit_count > 1 ? fmt::format(", {} places in all", attempt.hit_count) : "");
  }
  if (attempt.bytes_searched > 0)
    return fmt::format("{}: {}{}", attempt.process, size_text(attempt.bytes_searched),
                       attempt.why.empty() ? "" : "; refused: " + attempt.why);
  return attempt.why.empty() ? attempt.process + ": nothing to read" : attempt.process + ": " + attempt.why;
}

// The outcome in one word; of a method that writes, "found" would be the wrong one.
std::string_view word(const Attempt& attempt) {
  const bool wrote = attempt.outcome == Outcome::kFound && attempt.method == "write_code";
  return wrote ? "written" : to_string(attempt.outcome);
}

// What counts most of several outcomes stands first in the enumeration.
const Attempt& strongest(const std::vector<const Attempt*>& attempts) {
  return **std::min_element(attempts.begin(), attempts.end(), [](const Attempt* a, const Attempt* b) {
    return static_cast<int>(a->outcome) < static_cast<int>(b->outcome);
  });
}

}  // namespace

std::string as_text(const std::vector<Attempt>& attempts, bool details) {
  std::string text;
  for (const Method& method : methods()) {
    std::vector<const Attempt*> mine;
    for (const Attempt& attempt : attempts)
      if (attempt.method == method.name) mine.push_back(&attempt);
    if (mine.empty()) continue;
    const Attempt& summary = strongest(mine);
    std::string reason = detail(summary);
    // Where something else was refused, that is the news.
    for (const Attempt* attempt : mine)
      if (summary.outcome == Outcome::kNotFound && attempt != &summary &&
          attempt->outcome == Outcome::kRefused)
        reason += "; refused by " + detail(*attempt);
    text += fmt::format(fmt::runtime(kLine), method.name, word(summary), reason);
    for (const Attempt* attempt : mine)
      if (details && mine.size() > 1)
        text += fmt::format(fmt::runtime(kLine), "", word(*attempt), detail(*attempt));
  }
  for (const Attempt& attempt : attempts)
    if (attempt.method == "after_end")
      text += fmt::format(fmt::runtime(kLine), attempt.method, to_string(attempt.outcome), detail(attempt));
  return text;
}

std::string as_json(const std::vector<Attempt>& attempts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Attempt& attempt : attempts) {
    nlohmann::ordered_json hits = nlohmann::ordered_json::array();
    for (const Hit& hit : attempt.hits)
      hits.push_back({{"pattern", hit.pattern}, {"where", hit.where}, {"address", hit.address}});
    list.push_back({{"method", attempt.method},
                    {"process", attempt.process},
                    {"outcome", to_string(attempt.outcome)},
                    {"why", attempt.why},
                    {"bytes_searched", attempt.bytes_searched},
                    {"hit_count", attempt.hit_count},
                    {"hits", hits}});
  }
  const nlohmann::ordered_json report{{"found", anything_found(attempts)}, {"attempts", list}};
  return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace strongroom::attack
