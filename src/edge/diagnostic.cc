#include "edge/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace strongroom::edl {

namespace {

auto place(const Location& location) {
  return std::tie(location.file, location.line, location.column);
}

// The characters of a source line as a terminal may show them, with the same width as the bytes that they
// stand for.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& character : out) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) character = ' ';
  }
  return out;
}

// The part of a line around a column, and where the column is in it.
std::string excerpt(std::string_view line, size_t& start) {
  constexpr size_t kBefore = 80;
  constexpr size_t kWidth = 160;
  std::string out;
  if (start > kBefore + kWidth / 4) {
    line.remove_prefix(start - kBefore);
    out = "...";
    start = kBefore + out.size();
  }
  const bool cut = line.size() > kWidth;
  return out + printable(line.substr(0, kWidth)) + (cut ? "..." : "");
}

std::string render_one(const Diagnostic& diagnostic, const SourceSet& sources) {
  const Location& at = diagnostic.location;
  std::string out =
      fmt::format("{}:{}:{}: error: {}\n", sources.path(at.file), at.line, at.column, diagnostic.message);
  const std::string_view whole = sources.line(at.file, at.line);
  size_t start = std::min<size_t>(at.column - 1, whole.size());
  const std::string line = excerpt(whole, start);
  const size_t width = std::clamp<size_t>(at.length, 1, std::max<size_t>(line.size() - start, 1));
  out += fmt::format("{:5} | {}\n      | {:{}}^{:~<{}}\n", at.line, line, "", start, "", width - 1);
  return out + fmt::format("  remedy: {}\n", diagnostic.remedy);
}

}  // namespace

void Diagnostics::report(Location location, std::string message, std::string remedy) {
  const bool echo = std::any_of(list_.begin(), list_.end(), [&](const Diagnostic& earlier) {
    return place(earlier.location) == place(location);
  });
  if (echo) return;
  if (list_.size() == kLimit) {
    ++dropped_;
    return;
  }
  list_.push_back({location, std::move(message), std::move(remedy)});
}

std::string Diagnostics::render(const SourceSet& sources) const {
  std::vector<const Diagnostic*> sorted;
  sorted.reserve(list_.size());
  for (const Diagnostic& diagnostic : list_) sorted.push_back(&diagnostic);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return place(a->location) < place(b->location);
  });
  std::string out;
  for (const Diagnostic* diagnostic : sorted) out += render_one(*diagnostic, sources);
  if (dropped_ != 0) out += fmt::format("{} more errors are not shown\n", dropped_);
  return out;
}

}  // namespace strongroom::edl
