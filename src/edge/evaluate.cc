#include "edge/evaluate.h"

#include <fmt/format.h>

#include <limits>

namespace strongroom::edl {

namespace {

using Kind = Expression::Kind;
using Status = Evaluation::Status;

constexpr __int128 kMost = std::numeric_limits<uint64_t>::max();
constexpr __int128 kLeast = std::numeric_limits<int64_t>::min();

Evaluation failure(const Expression& expression, const char* problem) {
  return {Status::kFailed, 0, problem, expression.location};
}

Evaluation combine(const Expression& expression, __int128 left, __int128 right) {
  __int128 value = 0;
  switch (expression.kind) {
    case Kind::kAdd:
      value = left + right;
      break;
    case Kind::kSubtract:
      value = left - right;
      break;
    case Kind::kMultiply:
      if (__builtin_mul_overflow(left, right, &value))
        return failure(expression, "the product does not fit into 64 bits");
      break;
    case Kind::kDivide:
    case Kind::kModulo:
      if (right == 0) return failure(expression, "division by zero");
      value = expression.kind == Kind::kDivide ? left / right : left % right;
      break;
    case Kind::kShift:
      if (right < 0 || right > 63) return failure(expression, "a shift by less than 0 or more than 63");
      value = left * (__int128{1} << right);
      break;
    case Kind::kNumber:
    case Kind::kName:
    case Kind::kNegate:
      break;
  }
  if (value > kMost || value < kLeast) return failure(expression, "the value does not fit into 64 bits");
  return {Status::kConstant, value, nullptr, expression.location};
}

const char* sign_of(Kind kind) {
  switch (kind) {
    case Kind::kAdd:
      return "+";
    case Kind::kSubtract:
      return "-";
    case Kind::kMultiply:
      return "*";
    case Kind::kDivide:
      return "/";
    case Kind::kModulo:
      return "%";
    case Kind::kShift:
      return "<<";
    case Kind::kNumber:
    case Kind::kName:
    case Kind::kNegate:
      break;
  }
  return "";
}

}  // namespace

Evaluation evaluate(const Expression& expression, const NameLookup& lookup) {
  if (expression.kind == Kind::kNumber)
    return {Status::kConstant, expression.number, nullptr, expression.location};
  if (expression.kind == Kind::kName) return lookup(expression);
  const Evaluation left = evaluate(expression.operands[0], lookup);
  if (expression.kind == Kind::kNegate) {
    if (left.status != Status::kConstant) return left;
    return {Status::kConstant, -left.value, nullptr, expression.location};
  }
  const Evaluation right = evaluate(expression.operands[1], lookup);
  if (left.status == Status::kFailed) return left;
  if (right.status == Status::kFailed) return right;
  if (left.status == Status::kLater) return left;
  if (right.status == Status::kLater) return right;
  return combine(expression, left.value, right.value);
}

std::string print(const Expression& expression, const std::function<std::string(const std::string&)>& name,
                  const std::function<std::string(uint64_t)>& number) {
  if (expression.kind == Kind::kNumber) return number(expression.number);
  if (expression.kind == Kind::kName) return name(expression.name);
  const auto part = [&](const Expression& operand) {
    const std::string text = print(operand, name, number);
    return operand.operands.empty() ? text : "(" + text + ")";
  };
  if (expression.kind == Kind::kNegate) return "-" + part(expression.operands[0]);
  return fmt::format("{} {} {}", part(expression.operands[0]), sign_of(expression.kind),
                     part(expression.operands[1]));
}

std::string print(const Expression& expression) {
  return print(
      expression, [](const std::string& name) { return name; },
      [](uint64_t number) { return std::to_string(number); });
}

}  // namespace strongroom::edl
