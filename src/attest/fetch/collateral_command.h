// The command `strongroom collateral`.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::attest::fetch {

// strongroom collateral fetch [--cache DIR] [--pccs URL] [--kds URL] [--refresh] EVIDENCE...
// 0: all of it is at hand; 1: something could not be fetched.
struct FetchCommand {
  std::vector<std::filesystem::path> evidence;
  std::filesystem::path cache;  // empty: $XDG_CACHE_HOME/strongroom/collateral
  std::optional<std::string> pccs, kds;
  bool refresh = false;  // ask the servers for what is young, too
};
Result<int> run(const FetchCommand& command, std::ostream& out);

// strongroom collateral show DIR: every file. strongroom collateral check DIR: those that are not current; 1
// where there are any.
struct InspectCommand {
  std::filesystem::path directory;
  std::optional<std::string> time;  // RFC 3339; default: now
  bool check = false;
};
Result<int> run(const InspectCommand& command, std::ostream& out);

}  // namespace strongroom::attest::fetch
