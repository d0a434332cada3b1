// Expressions of counts, sizes, dimensions and enumerators.
#pragma once

#include "edge/ast.h"
#include "edge/token_cursor.h"

namespace strongroom::edl {

// Sums, products, shifts and negations of numbers, names and parentheses, with C's precedence. Reports and
// returns nothing where no expression stands.
std::optional<Expression> parse_expression(TokenCursor& cursor);

}  // namespace strongroom::edl
