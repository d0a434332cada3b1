// Running a program and reading what it prints.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::bench {

// Standard output of a program that ends with exit code 0. Its standard error passes through.
Result<std::string> output_of(const std::vector<std::string>& command);

// Lines "NAME VALUE" as a map; other lines are an error.
Result<std::map<std::string, double>> parse_values(std::string_view text);

}  // namespace strongroom::bench
