// An interface as canonical text: what two files that mean the same have in common.
#pragma once

#include "edge/ast.h"

namespace strongroom::edl {

// One line a type or function, in the order of the interface, without comments and spacing of the source.
std::string dump(const Interface& interface);

// A number that differs where the interfaces of the two sides differ (FNV-1a of the dump). It guards against
// mistakes, not attacks: what an attacker sends is checked field by field.
uint64_t digest(const Interface& interface);

}  // namespace strongroom::edl
