#include "base/toml_text.h"

namespace strongroom {

size_t line_of_too_many_dots(std::string_view toml) {
  size_t line = 1, dots = 0;
  for (const char c : toml) {
    if (c == '\n') {
      ++line;
      dots = 0;
    }
    if (c == '.' && ++dots > kMaximumDots) return line;
  }
  return 0;
}

}  // namespace strongroom
