// Tokens to a File.
#pragma once

#include "edge/ast.h"
#include "edge/diagnostic.h"
#include "edge/token.h"

namespace strongroom::edl {

// Parses the tokens of one file, which end with kEnd. Every syntax error is reported; what stands between
// errors is in the result.
File parse(const std::vector<Token>& tokens, Diagnostics& diagnostics);

}  // namespace strongroom::edl
