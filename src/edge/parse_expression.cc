#include "edge/parse_expression.h"

#include <fmt/format.h>

namespace strongroom::edl {

namespace {

using Kind = Expression::Kind;
using Parsed = std::optional<Expression>;

constexpr unsigned kDepthLimit = 32;
constexpr unsigned kLengthLimit = 256;

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenCursor& cursor) : cursor_(cursor) {}

  Parsed shift(unsigned depth) {
    Parsed left = sum(depth);
    while (left && cursor_.at("<<"))
      left = combine(Kind::kShift, std::move(*left), &ExpressionParser::sum, depth);
    return left;
  }

 private:
  using Level = Parsed (ExpressionParser::*)(unsigned);

  Parsed sum(unsigned depth) {
    Parsed left = product(depth);
    while (left && (cursor_.at("+") || cursor_.at("-"))) {
      const Kind kind = cursor_.at("+") ? Kind::kAdd : Kind::kSubtract;
      left = combine(kind, std::move(*left), &ExpressionParser::product, depth);
    }
    return left;
  }

  Parsed product(unsigned depth) {
    Parsed left = primary(depth);
    while (left && (cursor_.at("*") || cursor_.at("/") || cursor_.at("%"))) {
      const Kind kind = cursor_.at("*") ? Kind::kMultiply : cursor_.at("/") ? Kind::kDivide : Kind::kModulo;
      left = combine(kind, std::move(*left), &ExpressionParser::primary, depth);
    }
    return left;
  }

  Parsed combine(Kind kind, Expression left, Level right_level, unsigned depth) {
    if (++length_ > kLengthLimit) return too_complex(cursor_.peek());
    const Location location = cursor_.next().location;
    Parsed right = (this->*right_level)(depth);
    if (!right) return {};
    Expression both{.kind = kind, .number = 0, .name = {}, .operands = {}, .location = location};
    both.operands.push_back(std::move(left));
    both.operands.push_back(std::move(*right));
    return both;
  }

  Parsed primary(unsigned depth) {
    const Token& token = cursor_.peek();
    if (depth == kDepthLimit) return too_complex(token);
    if (token.kind == TokenKind::kNumber) {
      cursor_.next();
      return Expression{Kind::kNumber, token.value, {}, {}, token.location};
    }
    if (token.kind == TokenKind::kIdentifier) {
      cursor_.next();
      return Expression{Kind::kName, 0, std::string(token.text), {}, token.location};
    }
    if (cursor_.accept("-")) {
      Parsed operand = primary(depth + 1);
      if (!operand) return {};
      Expression negated{Kind::kNegate, 0, {}, {}, token.location};
      negated.operands.push_back(std::move(*operand));
      return negated;
    }
    if (cursor_.accept("(")) {
      Parsed inner = shift(depth + 1);
      if (!inner || !cursor_.expect(")", "the expression", "close the parenthesis")) return {};
      return inner;
    }
    cursor_.report(token, fmt::format("expected a number or a name, found {}", TokenCursor::describe(token)),
                   "write a constant expression, or the name of a parameter or member");
    return {};
  }

  Parsed too_complex(const Token& token) {
    cursor_.report(token, "this expression is too complex", "simplify it");
    return {};
  }

  TokenCursor& cursor_;
  unsigned length_ = 0;
};

}  // namespace

std::optional<Expression> parse_expression(TokenCursor& cursor) {
  return ExpressionParser(cursor).shift(0);
}

}  // namespace strongroom::edl
