// The compiler's front: a file and all that it imports, to a checked Interface.
#pragma once

#include "edge/ast.h"
#include "edge/diagnostic.h"
#include "edge/lexer.h"

namespace strongroom::edl {

struct CompileOptions {
  std::vector<std::string> search_paths;  // for imports, after the directory of the importing file
  Defines defines;
  bool allow_user_check = false;
  FileLoader load = load_from_disk;
};

// What a compilation leaves. `interface` is complete only where `diagnostics` is empty.
struct Compilation {
  SourceSet sources;
  Diagnostics diagnostics;
  Interface interface;
};

// Fails only where the file itself cannot be read, or its name cannot be that of a C++ namespace; what is
// wrong in it is in the diagnostics.
Result<Compilation> compile(const std::string& path, const CompileOptions& options);

}  // namespace strongroom::edl
