#include "edge/macros.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::edl {

namespace {

bool same(const std::vector<Token>& a, const std::vector<Token>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Token& x, const Token& y) { return x.kind == y.kind && x.text == y.text; });
}

}  // namespace

void Macros::give(std::string_view name, std::vector<Token> tokens) {
  macros_[std::string(name)] = {std::move(tokens), true};
}

bool Macros::given_alone(std::string_view name) const {
  const auto found = macros_.find(name);
  return found != macros_.end() && found->second.given && found->second.tokens.empty();
}

void Macros::define(const std::vector<Token>& line, Location location) {
  if (line.empty() || line[0].kind != TokenKind::kIdentifier) {
    return diagnostics_.report(location, "#define needs a name", "write #define NAME, or #define NAME VALUE");
  }
  const Token& name = line[0];
  const uint32_t behind = name.location.column + name.location.length;
  if (line.size() > 1 && line[1].is("(") && line[1].location.column == behind) {
    return diagnostics_.report(line[1].location, "macros with parameters are not part of EDL",
                               "write out what the macro stands for");
  }
  Macro macro{{line.begin() + 1, line.end()}};
  const auto [known, fresh] = macros_.emplace(name.text, macro);
  if (fresh || same(known->second.tokens, macro.tokens)) return;
  diagnostics_.report(
      name.location, fmt::format("'{}' is defined already, as something else", name.text),
      fmt::format("remove one of the definitions, or write #undef {} or #ifndef {} before this one",
                  name.text, name.text));
}

void Macros::undefine(const std::vector<Token>& line, Location location) {
  if (line.size() != 1 || line[0].kind != TokenKind::kIdentifier)
    return diagnostics_.report(location, "#undef needs one name", "write #undef NAME");
  const auto found = macros_.find(line[0].text);
  if (found != macros_.end()) macros_.erase(found);
}

void Macros::expand(const Token& token, std::vector<Token>& out) {
  expand(token, token.location, 0, out);
}

void Macros::expand(const Token& token, Location use, size_t depth, std::vector<Token>& out) {
  const auto found = token.kind == TokenKind::kIdentifier ? macros_.find(token.text) : macros_.end();
  if (found == macros_.end() || found->second.expanding || given_alone(token.text)) {
    out.push_back(token);
    out.back().location = use;
    return;
  }
  Macro& macro = found->second;
  macro.expanding = true;
  for (const Token& part : macro.tokens) {
    if (++steps_ > kStepsLimit || depth == kDepthLimit) {
      if (!exhausted_)
        diagnostics_.report(
            use, fmt::format("'{}' stands for too much", token.text),
            fmt::format("macros may refer to each other {} deep, and stand for {} words in a file",
                        kDepthLimit, kStepsLimit));
      exhausted_ = true;
      break;
    }
    expand(part, use, depth + 1, out);
  }
  macro.expanding = false;
}

}  // namespace strongroom::edl
