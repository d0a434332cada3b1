// One function of an interface as C sees it: its prototype, and the code between it and the C++ of generated
// code.
#pragma once

#include "edge/plan.h"

namespace strongroom::edl {

struct CFunction {
  const Interface& interface;
  const PlannedFunction& planned;
  std::string name;   // in C
  std::string first;  // what stands before all other parameters, where C is the caller
  std::string call;   // what stands before the function's C++ name, where C is the caller
};

// A type in the C header, or, `global`, as code in the interface's namespace names that of the C header.
std::string c_base(const Interface& interface, const Type& type, bool global);
// As the EDL file has it.
std::string c_prototype(const CFunction& function, bool global);
// The same for a caller: the status is the result, and the result goes to a pointer.
std::string c_status_prototype(const CFunction& function, bool global);
// C calls: checks pointers, makes spans and references of them, calls.
std::string c_wrapper(const CFunction& function);
// C implements: the C++ function `declarator`, which makes pointers and counts of spans and references, and
// calls.
std::string c_adapter(const CFunction& function, const std::string& declarator);

}  // namespace strongroom::edl
