#include "edge/condition.h"

#include <array>
#include <optional>

namespace strongroom::edl {

namespace {

constexpr unsigned kDepthLimit = 32;

struct Operator {
  std::string_view sign;
  unsigned rank;  // higher binds tighter
};
constexpr std::array<Operator, 11> kOperators{{{"||", 1},
                                               {"&&", 2},
                                               {"==", 3},
                                               {"!=", 3},
                                               {"<", 4},
                                               {"<=", 4},
                                               {">", 4},
                                               {">=", 4},
                                               {"+", 5},
                                               {"-", 5},
                                               {"*", 6}}};

// Numbers wrap around, as the unsigned ones of C; what is compared is signed.
uint64_t apply(std::string_view sign, uint64_t left, uint64_t right) {
  const auto a = static_cast<int64_t>(left);
  const auto b = static_cast<int64_t>(right);
  if (sign == "||") return a != 0 || b != 0 ? 1 : 0;
  if (sign == "&&") return a != 0 && b != 0 ? 1 : 0;
  if (sign == "==") return a == b ? 1 : 0;
  if (sign == "!=") return a != b ? 1 : 0;
  if (sign == "<") return a < b ? 1 : 0;
  if (sign == "<=") return a <= b ? 1 : 0;
  if (sign == ">") return a > b ? 1 : 0;
  if (sign == ">=") return a >= b ? 1 : 0;
  if (sign == "+") return left + right;
  return sign == "-" ? left - right : left * right;
}

class Evaluator {
 public:
  explicit Evaluator(const std::vector<Token>& tokens) : tokens_(tokens) {}

  // The value of all tokens; none where they are no expression.
  std::optional<uint64_t> run() {
    const auto value = binary(1, 0);
    return position_ == tokens_.size() ? value : std::nullopt;
  }

 private:
  using Value = std::optional<uint64_t>;

  bool accept(std::string_view sign) {
    if (position_ == tokens_.size() || !tokens_[position_].is(sign)) return false;
    ++position_;
    return true;
  }

  const Operator* next_operator(unsigned least) {
    if (position_ == tokens_.size()) return nullptr;
    for (const Operator& known : kOperators) {
      if (known.rank >= least && tokens_[position_].is(known.sign)) return &known;
    }
    return nullptr;
  }

  Value binary(unsigned least, unsigned depth) {
    Value left = unary(depth);
    for (const Operator* found = nullptr; left && (found = next_operator(least)) != nullptr;) {
      ++position_;
      const Value right = binary(found->rank + 1, depth);
      left = right ? Value(apply(found->sign, *left, *right)) : std::nullopt;
    }
    return left;
  }

  Value unary(unsigned depth) {
    if (depth == kDepthLimit || position_ == tokens_.size()) return {};
    if (accept("!")) return changed(unary(depth + 1), [](uint64_t value) { return uint64_t{value == 0}; });
    if (accept("-")) return changed(unary(depth + 1), [](uint64_t value) { return 0 - value; });
    if (accept("(")) {
      const Value inner = binary(1, depth + 1);
      return accept(")") ? inner : std::nullopt;
    }
    const Token& token = tokens_[position_++];
    if (token.kind == TokenKind::kNumber) return token.value;
    return token.kind == TokenKind::kIdentifier ? Value(0) : std::nullopt;
  }

  template <typename Change>
  static Value changed(Value value, Change change) {
    return value ? Value(change(*value)) : std::nullopt;
  }

  const std::vector<Token>& tokens_;
  size_t position_ = 0;
};

Token number(const Token& place, bool value) {
  return {TokenKind::kNumber, value ? "1" : "0", place.location, value ? 1U : 0U};
}

// Replaces defined NAME, defined(NAME) and macros.
std::vector<Token> replaced(const std::vector<Token>& line, Macros& macros) {
  std::vector<Token> out;
  const auto is = [&](size_t place, std::string_view sign) {
    return place < line.size() && line[place].is(sign);
  };
  for (size_t i = 0; i < line.size(); ++i) {
    const size_t name = i + (is(i + 1, "(") ? 2 : 1);
    const bool whole = name < line.size() && line[name].kind == TokenKind::kIdentifier &&
                       (name == i + 1 || is(name + 1, ")"));
    if (line[i].is("defined") && whole) {
      out.push_back(number(line[i], macros.defined(line[name].text)));
      i = name == i + 1 ? name : name + 1;
    } else if (macros.given_alone(line[i].text)) {
      out.push_back(number(line[i], true));
    } else {
      macros.expand(line[i], out);
    }
  }
  return out;
}

}  // namespace

bool condition_holds(const std::vector<Token>& line, Location location, Macros& macros,
                     Diagnostics& diagnostics) {
  const std::vector<Token> tokens = replaced(line, macros);
  const std::optional<uint64_t> value = Evaluator(tokens).run();
  if (!value)
    diagnostics.report(line.empty() ? location : line[0].location, "this condition cannot be evaluated",
                       "write defined(NAME), numbers and names, joined by ! - + * == != < <= > >= && || and "
                       "parentheses");
  return value.value_or(0) != 0;
}

}  // namespace strongroom::edl
