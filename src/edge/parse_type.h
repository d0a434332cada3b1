// Types and declarations of parameters and members.
#pragma once

#include "edge/ast.h"
#include "edge/token_cursor.h"

namespace strongroom::edl {

// The type up to the name: base, const, pointers. Reports and returns nothing where no type stands.
std::optional<Type> parse_type(TokenCursor& cursor);

// [attributes] type name dimensions. Reports and returns nothing on an error; the cursor stands where it
// failed. `what` is "parameter" or "member".
std::optional<Declaration> parse_declaration(TokenCursor& cursor, std::string_view what);

}  // namespace strongroom::edl
