// The commands that verify evidence are a program of their own, strongroom-attest: what they need (libcurl,
// XML signatures, a web server: some forty shared libraries) would take longer to load than `strongroom run`
// takes, and has no place in a program that launches enclaves. `strongroom` hands over to it.
#pragma once

#include "strongroom/result.h"

namespace strongroom::cli {

struct AttestCommand {
  const char* name;
  const char* description;
};
inline constexpr AttestCommand kVerify{"verify", "Verify a piece of evidence, and judge it by a policy"};
inline constexpr AttestCommand kEvidence{"evidence", "Look at evidence without judging it; wrap it"};
inline constexpr AttestCommand kPolicy{"policy", "Check and explain policies"};
inline constexpr AttestCommand kCollateral{"collateral", "Fetch and look at what evidence is verified with"};
inline constexpr AttestCommand kExplore{"explore", "Look at evidence and edit policies on a local page"};
inline constexpr AttestCommand kAttestCommands[] = {kVerify, kEvidence, kPolicy, kCollateral, kExplore};

// Whether the first argument names one of them.
bool is_attest_command(int argc, char** argv);

// Becomes strongroom-attest, which stands beside this program, or in ../libexec/strongroom of it, or where it
// was installed. Returns only where that failed.
Error hand_over(char** argv);

}  // namespace strongroom::cli
