// What the tokens of attestation services say, in the common vocabulary.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "strongroom/attest.h"

namespace strongroom::attest::jwt {

struct TokenFacts {
  std::string format;                                  // "maa-jwt", "ita-jwt", "ear-jwt", "ear-cwt", "jwt"
  std::optional<int64_t> expires, not_before, issued;  // seconds since 1970
  std::string tcb_status;
  std::vector<std::string> advisories;
  // EAR: the worst AR4SI status of all submodules; empty: none said.
  std::string appraisal;
  std::vector<std::string> denials;  // NVIDIA: claims by which the service says that a check failed
  std::vector<std::string> nonces;
};

// `payload` is JSON, `kind` "jwt" or "cwt". Every claim goes to claims.vendor as "KIND.NAME". kMalformed on
// times that are no numbers.
Result<TokenFacts> read_claims(ByteView payload, std::string_view kind, Claims& claims);

}  // namespace strongroom::attest::jwt
