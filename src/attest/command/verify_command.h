// `strongroom verify`, `strongroom evidence show` and `strongroom policy`: what they do, apart from how their
// arguments are written.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "strongroom/attest.h"

namespace strongroom::attest {

// Exit codes are a contract: the verdicts in their order, and one for commands that could not be carried out
// (a file that is not there, a time that is none); the message is on the error stream then.
inline constexpr int kExitAccepted = 0, kExitRefused = 1, kExitMalformed = 2, kExitUndetermined = 3;
inline constexpr int kExitNotRun = 125;  // as everything of strongroom that fails in itself

// strongroom verify EVIDENCE [--collateral FILE|DIR]... [--policy FILE] [--time RFC3339] [--nonce HEX]
//                   [--root FILE]... [--json] [--result jwt|cwt --result-key KEY.pem [--result-file FILE]]
struct VerifyCommand {
  std::filesystem::path evidence;                 // "-" reads standard input
  std::vector<std::filesystem::path> collateral;  // files, and directories with all their files
  std::optional<std::filesystem::path> policy;
  std::optional<std::string> time;   // default: now
  std::optional<std::string> nonce;  // hexadecimal
  // Certificates (PEM or DER) whose keys are trusted as roots for this call, besides the vendors' own.
  std::vector<std::filesystem::path> roots;
  bool json = false;
  bool colour = false;  // of the table
  // An attestation result (strongroom/attestation_result.h) as "jwt" or "cwt", signed with the private key of
  // this file. It goes to `result_file`, or to the output in place of the table.
  std::optional<std::string> result;
  std::optional<std::filesystem::path> result_key, result_file;
};
int run(const VerifyCommand& command, std::ostream& out, std::ostream& err);

// strongroom evidence show EVIDENCE [--json]: 0, or 2 for what is no evidence.
struct ShowCommand {
  std::filesystem::path evidence;
  bool json = false;
  bool colour = false;
};
int run(const ShowCommand& command, std::ostream& out, std::ostream& err);

// strongroom policy check|explain FILE: 0, or 125 with the error and its line.
struct PolicyCommand {
  std::filesystem::path policy;
  bool explain = false;
};
int run(const PolicyCommand& command, std::ostream& out, std::ostream& err);

}  // namespace strongroom::attest
