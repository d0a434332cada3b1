#include "edge/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "edge/conditional.h"

namespace strongroom::edl {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

class Lexer {
 public:
  Lexer(std::string_view text, uint32_t file, Macros& macros, Diagnostics& diagnostics)
      : text_(text),
        file_(file),
        diagnostics_(diagnostics),
        macros_(macros),
        conditionals_(macros, diagnostics) {}

  std::vector<Token> run() {
    if (text_.starts_with("\xef\xbb\xbf")) position_ = line_start_ = 3;  // a byte order mark
    while (skip_space()) step();
    const bool open_condition = conditionals_.finish();
    push(TokenKind::kEnd, position_, {}, open_condition || open_comment_ ? 1 : 0);
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  [[nodiscard]] Location at(size_t start, size_t length) const {
    return {file_, line_, static_cast<uint32_t>(start - line_start_ + 1), static_cast<uint32_t>(length)};
  }
  void push(TokenKind kind, size_t start, std::string_view text, uint64_t value = 0) {
    const Token token{kind, text, at(start, std::max<size_t>(position_ - start, 1)), value};
    if (line_tokens_ != nullptr) return line_tokens_->push_back(token);
    if (kind == TokenKind::kEnd) return tokens_.push_back(token);
    if (conditionals_.active()) macros_.expand(token, tokens_);
  }
  void report(size_t start, size_t length, std::string message, std::string remedy) {
    if (conditionals_.active()) diagnostics_.report(at(start, length), std::move(message), std::move(remedy));
  }
  void next_line() {
    ++line_;
    line_start_ = position_;
    fresh_line_ = true;
  }

  // To the next character that counts; false at the end of the file.
  bool skip_space() {
    while (position_ < text_.size()) {
      if (text_[position_] == '\n') {
        ++position_;
        next_line();
      } else if (is_space(text_[position_])) {
        ++position_;
      } else if (peek() == '/' && peek(1) == '/') {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        block_comment();
      } else {
        return true;
      }
    }
    return false;
  }

  void block_comment() {
    const Location start = at(position_, 2);
    const size_t end = text_.find("*/", position_ + 2);
    const size_t stop = end == std::string_view::npos ? text_.size() : end + 2;
    for (; position_ < stop; ++position_) {
      if (text_[position_] != '\n') continue;
      ++line_;
      line_start_ = position_ + 1;
      fresh_line_ = true;
    }
    if (end == std::string_view::npos) {
      open_comment_ = true;
      diagnostics_.report(start, "this comment does not end", "close it with */");
    }
  }

  void step() {
    const size_t start = position_;
    const char c = peek();
    if (c == '#' && fresh_line_) return directive();
    fresh_line_ = false;
    if (is_digit(c)) return number();
    if (is_word(c)) {
      while (is_word(peek())) ++position_;
      return push(TokenKind::kIdentifier, start, text_.substr(start, position_ - start));
    }
    if (c == '"') return string();
    static constexpr std::string_view kSingle = "{}[]()*=,;:+-/%<>&|~^!.?";
    if (kSingle.find(c) != std::string_view::npos) {
      static constexpr std::array<std::string_view, 9> kLonger{
          "<<", ">>", "...", "==", "!=", "<=", ">=", "&&", "||"};
      position_ += 1;
      for (const std::string_view sign : kLonger) {
        if (text_.substr(start, sign.size()) == sign) position_ = start + sign.size();
      }
      return push(TokenKind::kPunctuation, start, text_.substr(start, position_ - start));
    }
    unknown();
  }

  // A run of bytes that mean nothing is one error.
  void unknown() {
    const size_t start = position_;
    const auto meaningless = [this] {
      static constexpr std::string_view kKnown = "\"{}[]()*=,;:+-/%<>&|~^!.?";
      const char c = peek();
      return position_ < text_.size() && !is_space(c) && !is_word(c) &&
             kKnown.find(c) == std::string_view::npos;
    };
    while (meaningless()) ++position_;
    if (text_[start] == '#' && line_tokens_ == nullptr) {
      report(start, 1, "'#' inside a line", "put #ifdef, #ifndef, #else and #endif at the start of a line");
      position_ = start;
      return directive();
    }
    report(start, position_ - start, "this character is not part of EDL", "remove it");
  }

  void string() {
    const size_t start = position_++;
    while (position_ < text_.size() && peek() != '"' && peek() != '\n') ++position_;
    if (peek() != '"') {
      report(start, position_ - start, "this string does not end on its line", "close it with '\"'");
      return push(TokenKind::kString, start, text_.substr(start, position_ - start));
    }
    ++position_;
    push(TokenKind::kString, start, text_.substr(start + 1, position_ - start - 2));
  }

  void number() {
    const size_t start = position_;
    while (is_word(peek())) ++position_;
    const std::string_view whole = text_.substr(start, position_ - start);
    const size_t suffix_start = whole.find_last_not_of("uUlL") + 1;
    std::string_view digits = whole.substr(0, suffix_start);
    unsigned base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
      base = 16;
      digits.remove_prefix(2);
    } else if (digits.size() > 1 && digits[0] == '0') {
      base = 8;
      digits.remove_prefix(1);
    }
    uint64_t value = 0;
    bool valid = !digits.empty() && whole.size() - suffix_start <= 3;
    bool fits = true;
    for (const char c : digits) {
      const unsigned digit =
          is_digit(c) ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a') + 10;
      valid = valid && c != '_' && digit < base;
      fits = fits && !__builtin_mul_overflow(value, uint64_t{base}, &value) &&
             !__builtin_add_overflow(value, uint64_t{digit}, &value);
    }
    if (!valid) {
      report(start, whole.size(), fmt::format("'{}' is not a number", whole),
             "write decimal, 0x hexadecimal or 0 octal digits; names begin with a letter or '_'");
    } else if (!fits) {
      report(start, whole.size(), "this number does not fit into 64 bits", "use a smaller number");
    }
    push(TokenKind::kNumber, start, whole, valid && fits ? value : 1);
  }

  void directive() {
    const size_t start = position_++;
    while (peek() == ' ' || peek() == '\t') ++position_;
    const size_t word = position_;
    while (is_word(peek())) ++position_;
    const std::string_view keyword = text_.substr(word, position_ - word);
    const Location location = at(start, position_ - start);
    fresh_line_ = false;
    conditionals_.directive(keyword, rest_of_line(), location);
  }

  // The length of a backslash and the end of the line at this point; 0 where there is none.
  [[nodiscard]] size_t joint_of_lines() const {
    if (peek() != '\\') return 0;
    if (peek(1) == '\n') return 2;
    return peek(1) == '\r' && peek(2) == '\n' ? 3 : 0;
  }

  // The tokens up to the end of the line; a comment that goes on over the next lines ends it, too, and a
  // backslash at the end joins the next line to it.
  std::vector<Token> rest_of_line() {
    std::vector<Token> rest;
    line_tokens_ = &rest;
    while (position_ < text_.size() && peek() != '\n' && !fresh_line_) {
      if (const size_t joint = joint_of_lines(); joint != 0) {
        position_ += joint;
        ++line_;
        line_start_ = position_;
      } else if (peek() == '/' && peek(1) == '/') {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        block_comment();
      } else if (is_space(peek())) {
        ++position_;
      } else {
        step();
      }
    }
    line_tokens_ = nullptr;
    return rest;
  }

  std::string_view text_;
  uint32_t file_;
  Diagnostics& diagnostics_;
  Macros& macros_;
  Conditionals conditionals_;
  std::vector<Token> tokens_;
  std::vector<Token>* line_tokens_ = nullptr;  // while a line that begins with '#' is read: its tokens
  size_t position_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
  bool fresh_line_ = true;
  bool open_comment_ = false;
};

}  // namespace

std::vector<Token> tokenize(const SourceSet& sources, uint32_t file, const Defines& defines,
                            Diagnostics& diagnostics) {
  Macros macros(diagnostics);
  for (const auto& [name, value] : defines) {
    Macros none(diagnostics);
    std::vector<Token> tokens = Lexer(value, file, none, diagnostics).run();
    tokens.pop_back();  // the end
    macros.give(name, std::move(tokens));
  }
  return Lexer(sources.text(file), file, macros, diagnostics).run();
}

}  // namespace strongroom::edl
