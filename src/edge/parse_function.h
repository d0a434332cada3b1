// Functions of trusted and untrusted blocks.
#pragma once

#include "edge/ast.h"
#include "edge/token_cursor.h"

namespace strongroom::edl {

// One function up to its ';'. Reports what is wrong; returns false where the cursor is not behind the ';'.
bool parse_function(TokenCursor& cursor, bool trusted, std::vector<Function>& functions);

// name, name, ...
bool parse_names(TokenCursor& cursor, std::vector<Name>& names, std::string_view what);

}  // namespace strongroom::edl
