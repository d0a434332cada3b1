#include "edge/conditional.h"

#include <fmt/format.h>

#include "edge/condition.h"

namespace strongroom::edl {

void Conditionals::directive(std::string_view keyword, const std::vector<Token>& rest, Location location) {
  if (keyword == "if" || keyword == "ifdef" || keyword == "ifndef") return begin(keyword, rest, location);
  if (keyword != "elif" && keyword != "else" && keyword != "endif") {
    if (!active()) return;
    if (keyword == "define") return macros_.define(rest, location);
    if (keyword == "undef") return macros_.undefine(rest, location);
    return unknown(keyword, location);
  }
  if (keyword != "elif" && !rest.empty()) {
    diagnostics_.report(location, fmt::format("text after #{}", keyword),
                        "put it on a line of its own, or into a comment");
  }
  if (stack_.empty()) {
    return diagnostics_.report(location, fmt::format("#{} without #ifdef", keyword),
                               "remove it, or begin the block with #ifdef NAME or #ifndef NAME");
  }
  if (keyword != "endif") return otherwise(keyword, rest, location);
  stack_.pop_back();
}

void Conditionals::begin(std::string_view keyword, const std::vector<Token>& rest, Location location) {
  const bool outer = active();
  bool holds = false;
  if (keyword == "if") {
    holds = outer && condition_holds(rest, location, macros_, diagnostics_);
  } else if (rest.size() == 1 && rest[0].kind == TokenKind::kIdentifier) {
    holds = macros_.defined(rest[0].text) == (keyword == "ifdef");
  } else if (outer) {
    diagnostics_.report(location, fmt::format("#{} needs one name", keyword),
                        fmt::format("write #{} NAME; a name is defined by -DNAME or #define NAME", keyword));
  }
  if (stack_.size() == kDepthLimit && outer) {
    diagnostics_.report(location, fmt::format("conditions are nested more than {} deep", kDepthLimit),
                        "split the file and import its parts");
  }
  // Blocks beyond the limit are still counted, so that their #endif finds them.
  const bool active = outer && holds && stack_.size() < kDepthLimit;
  stack_.push_back({location, outer, active, active, false});
}

void Conditionals::otherwise(std::string_view keyword, const std::vector<Token>& rest, Location location) {
  Block& block = stack_.back();
  if (block.has_else) {
    if (keyword == "elif")
      return diagnostics_.report(location, "#elif after the #else of the same condition",
                                 "put it before the #else");
    return diagnostics_.report(location, "a second #else for the same condition",
                               "remove it; one condition has at most one #else");
  }
  block.has_else = keyword == "else";
  const bool reached = block.outer_active && !block.taken;
  block.active = reached && (block.has_else || condition_holds(rest, location, macros_, diagnostics_));
  block.taken = block.taken || block.active;
}

void Conditionals::unknown(std::string_view keyword, Location location) {
  std::string remedy = "EDL knows #define, #undef, #if, #ifdef, #ifndef, #elif, #else and #endif";
  if (keyword == "include") remedy = "write include \"header.h\" without '#', or import \"file.edl\"";
  diagnostics_.report(location, fmt::format("#{} is not part of EDL", keyword), remedy);
}

bool Conditionals::finish() {
  for (const Block& block : stack_) {
    diagnostics_.report(block.start, "this condition has no #endif",
                        "add #endif after the last line that it covers");
  }
  return !stack_.empty();
}

}  // namespace strongroom::edl
