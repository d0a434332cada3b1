// Text for people, with colours only where they are seen: on a terminal, and not when NO_COLOR is set
// (https://no-color.org).
#pragma once

#include <string>
#include <string_view>

namespace strongroom::cli {

enum class Style { kHeading, kGood, kBad, kWarning, kFaint };

// Whether standard output shows colours.
bool coloured();

// `text` in the style, for standard output.
std::string styled(Style style, std::string_view text);

// `text` broken at spaces into lines of at most `width` columns; each line but the first begins with `indent`
// spaces.
std::string wrapped(std::string_view text, size_t indent, size_t width = 100);

}  // namespace strongroom::cli
