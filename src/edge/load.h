// Follows imports, and merges the files into one Interface, with nothing checked but what concerns several
// files.
#pragma once

#include "edge/compile.h"

namespace strongroom::edl {

// Reads `path` (fails where that is impossible) and all that it imports.
Result<void> load(const std::string& path, const CompileOptions& options, Compilation& compilation);

}  // namespace strongroom::edl
