// C++ from an interface. The text depends on the EDL files alone: same input, same output, on every machine.
#pragma once

#include "edge/ast.h"

namespace strongroom::edl {

struct GenerateOptions {
  bool trusted = true;    // the enclave's files
  bool untrusted = true;  // the host's files
  bool c_entry_points = false;
};

struct GeneratedFile {
  std::string name;
  std::string text;
};

// For hello.edl: hello_types.h; hello_host.h and hello_host.cc; hello_enclave.h and hello_enclave.cc; with
// c_entry_points also hello_c.h, hello_host_c.{h,cc} and hello_enclave_c.{h,cc}. `interface` must have been
// checked.
std::vector<GeneratedFile> generate(const Interface& interface, const GenerateOptions& options);

}  // namespace strongroom::edl
