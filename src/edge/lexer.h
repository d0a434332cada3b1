// Text to tokens: comments, strings, numbers, and the lines that begin with '#'.
#pragma once

#include <map>
#include <vector>

#include "edge/diagnostic.h"
#include "edge/token.h"

namespace strongroom::edl {

// Names given by -D, each with the number or name that it stands for, or nothing.
using Defines = std::map<std::string, std::string, std::less<>>;

// The tokens of `file` that its conditions leave in, ending with kEnd. Errors are reported, and what follows
// them is still read.
std::vector<Token> tokenize(const SourceSet& sources, uint32_t file, const Defines& defines,
                            Diagnostics& diagnostics);

}  // namespace strongroom::edl
