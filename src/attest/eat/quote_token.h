// Evidence of Strongroom's enclaves in SGX (arch/quote_token.h), read.
#pragma once

#include "arch/quote_token.h"

namespace strongroom::attest::eat {

// Whether it is an unprotected set of claims with our profile, whatever else is wrong with it.
bool looks_like_quote_token(ByteView bytes);

// kMalformed for everything that is not the one encoding of a token with possible values.
Result<arch::QuoteToken> parse_quote_token(ByteView bytes);

}  // namespace strongroom::attest::eat
