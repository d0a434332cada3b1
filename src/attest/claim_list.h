// Claims as lists and text, for whoever shows them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "strongroom/attest.h"

namespace strongroom::attest {

// The common claims that are there, in their order; the names are those of the JSON and of policies.
std::vector<std::pair<std::string, ClaimValue>> common_claims(const Claims& claims);

// For people: bytes in hexadecimal ("-" where there are none), "yes" and "no", lists with commas. Text from
// evidence stands as it is: printable() makes it harmless.
std::string claim_text(const ClaimValue& value);

// Text that a terminal shows and does not obey: control characters of ASCII and of Latin-1, characters that
// change the direction of writing, and bytes that are not UTF-8 become "?".
std::string printable(std::string_view text);

}  // namespace strongroom::attest
