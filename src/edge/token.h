// The words of an EDL file.
#pragma once

#include <string_view>

#include "edge/source.h"

namespace strongroom::edl {

enum class TokenKind { kIdentifier, kNumber, kString, kPunctuation, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // as written; of a string, without the quotes
  Location location;
  uint64_t value =
      0;  // of a number; of kEnd, 1 where an open comment or condition hides the rest of the file

  [[nodiscard]] bool is(std::string_view word) const {
    return (kind == TokenKind::kIdentifier || kind == TokenKind::kPunctuation) && text == word;
  }
};

}  // namespace strongroom::edl
