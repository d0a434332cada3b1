// The files of the page and its examples, which stand in the program itself.
#pragma once

#include <span>
#include <string_view>

namespace strongroom::attest::explore {

struct Asset {
  std::string_view name;  // "index.html", "examples/tdx-good.json"
  std::string_view content;
};

std::span<const Asset> assets();

}  // namespace strongroom::attest::explore
