// A place in a sequence of tokens, with the ways to go on after an error.
#pragma once

#include <initializer_list>
#include <vector>

#include "edge/diagnostic.h"
#include "edge/token.h"

namespace strongroom::edl {

class TokenCursor {
 public:
  TokenCursor(const std::vector<Token>& tokens, Diagnostics& diagnostics)
      : tokens_(tokens), diagnostics_(diagnostics) {}

  [[nodiscard]] const Token& peek(size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  const Token& next() {
    const Token& token = peek();
    if (position_ + 1 < tokens_.size()) ++position_;
    return token;
  }
  [[nodiscard]] bool at(std::string_view word) const { return peek().is(word); }
  [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::kEnd; }
  // At the end of a file whose rest an open comment or condition hides: what is missing may stand there.
  [[nodiscard]] bool cut_off() const { return at_end() && peek().value != 0; }
  bool accept(std::string_view word) {
    if (!at(word)) return false;
    next();
    return true;
  }
  // Takes `word`, or reports that it is missing; the report stands behind the token before, where it belongs.
  bool expect(std::string_view word, std::string_view after, std::string remedy);
  void report(const Token& token, std::string message, std::string remedy) {
    if (token.kind == TokenKind::kEnd && cut_off()) return;
    diagnostics_.report(token.location, std::move(message), std::move(remedy));
  }
  // "'x'", or "the end of the file".
  [[nodiscard]] static std::string describe(const Token& token);
  // The same for the ';' at the end of a declaration; true also where the next line begins something else.
  bool expect_end(std::string_view after, std::string remedy);
  // Passes over tokens, bracketed parts as a whole, up to one of `stops`, a '}' of what is outside, or the
  // end.
  void skip_to(std::initializer_list<std::string_view> stops);
  [[nodiscard]] size_t position() const { return position_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  const std::vector<Token>& tokens_;
  Diagnostics& diagnostics_;
  size_t position_ = 0;
};

}  // namespace strongroom::edl
