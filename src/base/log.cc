#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>

#include <cstdlib>
#include <string>

namespace strongroom {

void start_logging(const char* program_name) {
  auto logger = spdlog::stderr_color_mt(program_name);
  logger->set_pattern("%n: %^%l%$: %v");
  logger->set_level(spdlog::level::warn);
  if (const char* wanted = std::getenv("STRONGROOM_LOG")) {
    const auto level = spdlog::level::from_str(wanted);
    if (level == spdlog::level::off && std::string(wanted) != "off")
      logger->warn("STRONGROOM_LOG={} is no level; use trace, debug, info, warn, error, critical or off",
                   wanted);
    else
      logger->set_level(level);
  }
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace strongroom
