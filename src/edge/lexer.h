// Text to tokens: comments, strings, numbers, and the conditional lines #ifdef, #ifndef, #else, #endif.
#pragma once

#include <set>
#include <vector>

#include "edge/diagnostic.h"
#include "edge/token.h"

namespace strongroom::edl {

// Names given by -D.
using Defines = std::set<std::string, std::less<>>;

// The tokens of `file` that its conditions leave in, ending with kEnd. Errors are reported, and what follows
// them is still read.
std::vector<Token> tokenize(const SourceSet& sources, uint32_t file, const Defines& defines,
                            Diagnostics& diagnostics);

}  // namespace strongroom::edl
