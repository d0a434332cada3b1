#include "edge/token_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::edl {

std::string TokenCursor::describe(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "the end of the file";
  const std::string_view shown = token.text.substr(0, 40);
  if (token.kind == TokenKind::kString) return fmt::format("\"{}\"", shown);
  return fmt::format("'{}'", shown);
}

bool TokenCursor::expect(std::string_view word, std::string_view after, std::string remedy) {
  if (accept(word)) return true;
  if (cut_off()) return false;
  Location place = peek().location;
  if (position_ > 0) {
    place = tokens_[position_ - 1].location;
    place.column += place.length;
    place.length = 1;
  }
  diagnostics_.report(place, fmt::format("expected '{}' after {}, found {}", word, after, describe(peek())),
                      std::move(remedy));
  return false;
}

bool TokenCursor::expect_end(std::string_view after, std::string remedy) {
  if (expect(";", after, std::move(remedy))) return true;
  // A ';' was forgotten at the end of a line: what follows is whole.
  return position_ > 0 && peek().location.line > tokens_[position_ - 1].location.line;
}

void TokenCursor::skip_to(std::initializer_list<std::string_view> stops) {
  size_t braces = 0;
  size_t others = 0;  // parentheses and square brackets, which no ';' stands in
  while (!at_end()) {
    const Token& token = peek();
    const auto is_token = [&token](std::string_view word) { return token.is(word); };
    if (braces == 0 && (token.is(";") || token.is("}"))) others = 0;
    const bool outside = braces == 0 && others == 0;
    if (outside && (token.is("}") || std::any_of(stops.begin(), stops.end(), is_token))) return;
    if (token.is("{")) ++braces;
    if (token.is("}")) --braces;
    if (token.is("(") || token.is("[")) ++others;
    if ((token.is(")") || token.is("]")) && others != 0) --others;
    next();
  }
}

}  // namespace strongroom::edl
