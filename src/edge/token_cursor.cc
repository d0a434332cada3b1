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

void TokenCursor::skip_to(std::initializer_list<std::string_view> stops) {
  size_t depth = 0;
  while (!at_end()) {
    const Token& token = peek();
    const auto is_token = [&token](std::string_view word) { return token.is(word); };
    if (depth == 0 && std::any_of(stops.begin(), stops.end(), is_token)) return;
    if (token.is("(") || token.is("{") || token.is("[")) ++depth;
    if (token.is(")") || token.is("}") || token.is("]")) {
      if (depth == 0) return;
      --depth;
    }
    next();
  }
}

}  // namespace strongroom::edl
