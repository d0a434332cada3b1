// The conditions of #if and #elif.
#pragma once

#include <vector>

#include "edge/macros.h"

namespace strongroom::edl {

// Whether the constant expression `line` is not 0: numbers, macros, defined(NAME), ! - + * == != < <= > >= &&
// || and parentheses, as C knows them; any other name is 0. What cannot be evaluated is reported, and false;
// `location` is that of the directive.
bool condition_holds(const std::vector<Token>& line, Location location, Macros& macros,
                     Diagnostics& diagnostics);

}  // namespace strongroom::edl
