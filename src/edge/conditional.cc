#include "edge/conditional.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace strongroom::edl {

namespace {

bool is_name(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

}  // namespace

void Conditionals::directive(std::string_view keyword, std::string_view rest, Location location) {
  if (keyword == "ifdef" || keyword == "ifndef") return begin(keyword, rest, location);
  if (keyword != "else" && keyword != "endif") return unknown(keyword, location);
  if (!rest.empty()) {
    diagnostics_.report(location, fmt::format("text after #{}", keyword),
                        "put it on a line of its own, or into a comment");
  }
  if (stack_.empty()) {
    return diagnostics_.report(location, fmt::format("#{} without #ifdef", keyword),
                               "remove it, or begin the block with #ifdef NAME or #ifndef NAME");
  }
  if (keyword == "else") return otherwise(location);
  stack_.pop_back();
}

void Conditionals::begin(std::string_view keyword, std::string_view name, Location location) {
  const bool outer = active();
  bool holds = false;
  if (is_name(name)) {
    holds = (defines_.find(name) != defines_.end()) == (keyword == "ifdef");
  } else if (outer) {
    diagnostics_.report(location, fmt::format("#{} needs one name", keyword),
                        fmt::format("write #{} NAME; a name is defined by -DNAME", keyword));
  }
  if (stack_.size() == kDepthLimit && outer) {
    diagnostics_.report(location, fmt::format("conditions are nested more than {} deep", kDepthLimit),
                        "split the file and import its parts");
  }
  // Blocks beyond the limit are still counted, so that their #endif finds them.
  stack_.push_back({location, outer, outer && holds && stack_.size() < kDepthLimit, false});
}

void Conditionals::otherwise(Location location) {
  Block& block = stack_.back();
  if (block.has_else) {
    return diagnostics_.report(location, "a second #else for the same condition",
                               "remove it; one condition has at most one #else");
  }
  block.has_else = true;
  block.active = block.outer_active && !block.active;
}

void Conditionals::unknown(std::string_view keyword, Location location) {
  if (!active()) {
    if (keyword == "if") stack_.push_back({location, false, false, false});
    return;
  }
  std::string remedy = "EDL knows #ifdef, #ifndef, #else and #endif";
  if (keyword == "define" || keyword == "undef") remedy = "names are defined on the command line, by -DNAME";
  if (keyword == "include") remedy = "write include \"header.h\" without '#', or import \"file.edl\"";
  if (keyword == "if" || keyword == "elif") remedy = "use #ifdef NAME or #ifndef NAME, nested where needed";
  diagnostics_.report(location, fmt::format("#{} is not part of EDL", keyword), remedy);
  if (keyword == "if") stack_.push_back({location, true, true, false});  // its #endif is none of another
}

bool Conditionals::finish() {
  for (const Block& block : stack_) {
    diagnostics_.report(block.start, "this condition has no #endif",
                        "add #endif after the last line that it covers");
  }
  return !stack_.empty();
}

}  // namespace strongroom::edl
