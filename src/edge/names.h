// Names of the EDL file in C++.
#pragma once

#include <string>
#include <string_view>

namespace strongroom::edl {

// Keywords of C++ that C, and so EDL, lets one use as names, macros of the C library, and the namespaces that
// generated code refers to.
bool is_reserved(std::string_view name);
// The name as it stands in C++: as in the EDL file, with '_' behind it where it is reserved.
std::string cpp_name(std::string_view name);

}  // namespace strongroom::edl
