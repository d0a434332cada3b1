#include "strongroom/edge/c_entry.h"

#include <algorithm>

namespace {

// Fixed, so that a failure needs no memory that may be missing.
thread_local char last_error[512];

void keep(std::string_view message) {
  const size_t size = std::min(message.size(), sizeof last_error - 1);
  std::memcpy(last_error, message.data(), size);
  last_error[size] = '\0';
}

}  // namespace

extern "C" const char* strongroom_edge_error(void) {
  return last_error;
}

namespace strongroom::edge {

uint32_t c_failure(const Error& error) noexcept {
  keep(error.message);
  return 1 + static_cast<uint32_t>(error.code);
}

uint32_t c_bad_pointer(const char* function, const char* parameter) noexcept {
  std::snprintf(last_error, sizeof last_error, "%s: '%s' is a null pointer, or its length cannot be",
                function, parameter);
  return 1 + static_cast<uint32_t>(ErrorCode::kInvalidArgument);
}

}  // namespace strongroom::edge
