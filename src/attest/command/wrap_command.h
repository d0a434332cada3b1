// strongroom evidence wrap EVIDENCE [--type MEDIA-TYPE] [--cbor] [--output FILE]
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

#include "strongroom/result.h"

namespace strongroom::attest {

struct WrapCommand {
  std::filesystem::path evidence;
  std::optional<std::string> type;  // default: the format's own, where it has one
  bool cbor = false;                // default: JSON
  std::optional<std::filesystem::path> output;
};

// Writes the evidence as a conceptual message wrapper (CMW) of one record. kMalformed for what is no
// evidence; kInvalidArgument where the format has no media type and none was given.
Result<int> run(const WrapCommand& command, std::ostream& out);

}  // namespace strongroom::attest
