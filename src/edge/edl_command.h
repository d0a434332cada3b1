// `strongroom edl FILE.edl`: compiles one file and writes what it generates.
#pragma once

#include <string>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::edl {

// The command line, parsed.
struct EdlCommand {
  std::string file;
  std::vector<std::string> search_paths;  // --search-path DIR
  std::vector<std::string> defines;       // -D NAME, or -D NAME=VALUE
  std::string output_directory = ".";     // --output DIR; made where it does not exist
  std::string dependency_file;    // --depfile NAME.d: for build tools, the files that NAME was made of
  bool allow_user_check = false;  // --allow-user-check
  bool trusted_only = false;      // --trusted: the enclave's files alone
  bool untrusted_only = false;    // --untrusted: the host's files alone
  bool c_entry_points = false;    // --c
};

struct EdlOutcome {
  std::vector<std::string> written;  // paths, in order; files whose content has not changed keep their time
  std::string diagnostics;           // for standard error; not empty exactly where the file has errors
};

// Writes nothing where the file has errors. Fails where a file cannot be read or written, or an option is
// wrong.
Result<EdlOutcome> run_edl_command(const EdlCommand& command);

}  // namespace strongroom::edl
