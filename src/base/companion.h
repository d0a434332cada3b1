// Programs that come with this one.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace strongroom {

// Where the program `name` may stand, the likeliest place first: beside this program, in
// ../libexec/strongroom of it, and where it was to be installed. Whether it is there is not looked at.
std::vector<std::filesystem::path> companion_paths(std::string_view name);

}  // namespace strongroom
