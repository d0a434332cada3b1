// What an EDL file means, and what it may not say.
#pragma once

#include "edge/compile.h"

namespace strongroom::edl {

// Checks types first, then functions; fills in what later steps need: values of enumerators, Structure::deep,
// and an order of structures in which each stands behind those that it holds.
void check(Compilation& compilation, const CompileOptions& options);

}  // namespace strongroom::edl
