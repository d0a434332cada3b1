// strongroom policy import FILE.corim [--tee TEE] [--key FILE]... [--time RFC3339] [--output FILE]
//                         [--insecure-unverified] [--insecure-partial]
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::attest {

struct ImportCommand {
  std::filesystem::path corim;
  std::string tee;
  std::vector<std::filesystem::path> keys;  // public keys and certificates, one of which signed it
  std::optional<std::string> time;          // default: now
  std::optional<std::filesystem::path> output;
  bool insecure_unverified = false, insecure_partial = false;
};

// Prints the policy, or writes it.
Result<int> run(const ImportCommand& command, std::ostream& out);

}  // namespace strongroom::attest
