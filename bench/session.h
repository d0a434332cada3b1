// The main() of a benchmark program, as bench/run calls it.
#pragma once

#include <filesystem>

#include "strongroom/result.h"

namespace strongroom::bench {

// "NAME BUILD-DIRECTORY OUTPUT.json": measures with what stands in the build directory and writes rows to the
// file.
using Measure = Result<void> (*)(const std::filesystem::path& build, const std::filesystem::path& output);
int session_main(int argc, char** argv, Measure measure);

}  // namespace strongroom::bench
