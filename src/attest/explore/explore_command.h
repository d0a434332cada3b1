// `strongroom explore`: evidence, its structure, chain, claims and checks on a local page.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::attest::explore {

// strongroom explore [EVIDENCE] [--collateral FILE|DIR]... [--root FILE]... [--policy FILE] [--time RFC3339]
//                    [--nonce HEX] [--port N]
struct ExploreCommand {
  std::optional<std::filesystem::path> evidence;  // what the page begins with; "-" is standard input
  std::vector<std::filesystem::path> collateral, roots;
  std::optional<std::filesystem::path> policy;
  std::optional<std::string> time, nonce;
  uint16_t port = 0;  // 0: any
};

// Prints the address on `out` and serves until the process is ended.
Result<int> run(const ExploreCommand& command, std::ostream& out);

// What the page begins with, in the form of an example; "null" where the command names nothing.
Result<std::string> session_of(const ExploreCommand& command);

}  // namespace strongroom::attest::explore
