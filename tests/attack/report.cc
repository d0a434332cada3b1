// How a hunt is told, to people and to programs.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "hunt.h"

namespace strongroom::attack {
namespace {

std::string size_text(uint64_t bytes) {
  if (bytes < 1024 * 1024) return fmt::format("{} KiB", (bytes + 1023) / 1024);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024 * 1024));
}

// The outcome in one word; of a method that writes, "found" would be the wrong one.
std::string_view word(const Attempt& attempt) {
  const bool wrote = attempt.outcome == Outcome::kFound && attempt.method == "write_code";
  if (attempt.outcome == Outcome::kNotApplicable) return "-";
  return wrote ? "written" : to_string(attempt.outcome);
}

// What stands below the table: where something was found, and what refused. Empty where there is nothing to
// say.
std::string note(const Attempt& attempt) {
  if (attempt.outcome == Outcome::kFound && !attempt.hits.empty()) {
    const Hit& first = attempt.hits.front();
    return fmt::format("{} at {:#x} in {}{}", first.pattern, first.address,
                       first.where.empty() ? "anonymous memory" : first.where,
                       attempt.hit_count > 1 ? fmt::format(", {} places in all", attempt.hit_count) : "");
  }
  if (attempt.why.empty()) return "";
  if (attempt.bytes_searched == 0) return attempt.why;
  return fmt::format("{} read; the rest refused: {}", size_text(attempt.bytes_searched), attempt.why);
}

// The processes in the order in which they first appear.
std::vector<std::string> processes_of(const std::vector<Attempt>& attempts) {
  std::vector<std::string> names;
  for (const Attempt& attempt : attempts)
    if (std::find(names.begin(), names.end(), attempt.process) == names.end())
      names.push_back(attempt.process);
  return names;
}

std::vector<std::string> methods_of(const std::vector<Attempt>& attempts) {
  std::vector<std::string> names;
  for (const Attempt& attempt : attempts)
    if (std::find(names.begin(), names.end(), attempt.method) == names.end()) names.push_back(attempt.method);
  return names;
}

}  // namespace

std::string as_text(const std::vector<Attempt>& attempts) {
  const auto processes = processes_of(attempts);
  std::string text = fmt::format("  {:<17}", "");
  for (const std::string& process : processes) text += fmt::format(" {:<22}", process);
  text += '\n';
  std::string notes;
  for (const std::string& method : methods_of(attempts)) {
    text += fmt::format("  {:<17}", method);
    for (const std::string& process : processes) {
      const auto attempt = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt& one) {
        return one.method == method && one.process == process;
      });
      const bool there = attempt != attempts.end();
      text += fmt::format(" {:<22}", there ? word(*attempt) : "ended");
      if (there && !note(*attempt).empty())
        notes += fmt::format("    {} of {}: {}\n", method, process, note(*attempt));
    }
    text += '\n';
  }
  return text + notes;
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
