// Logging of host code: to standard error, through spdlog, at the level that STRONGROOM_LOG names (default:
// warn). Never log a secret.
#pragma once

#include <spdlog/spdlog.h>

namespace strongroom {

// Sets up the default logger; call once, at the start of a program. Unknown levels in STRONGROOM_LOG are
// reported and ignored.
void start_logging(const char* program_name);

}  // namespace strongroom
