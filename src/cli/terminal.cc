#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace strongroom::cli {
namespace {

// ECMA-48, section 8.3.117 (SGR).
std::string_view code(Style style) {
  switch (style) {
    case Style::kHeading:
      return "1";
    case Style::kGood:
      return "32";
    case Style::kBad:
      return "31";
    case Style::kWarning:
      return "33";
    case Style::kFaint:
      return "2";
  }
  return "0";
}

}  // namespace

bool coloured() {
  static const bool answer = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return answer;
}

std::string styled(Style style, std::string_view text) {
  if (!coloured()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code(style), text);
}

std::string wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t column = indent;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    const bool first = out.empty();
    if (!first && column + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return out;
}

}  // namespace strongroom::cli
