// The claims of a quote.
#pragma once

#include "attest/intel/pck.h"
#include "attest/intel/quote.h"
#include "strongroom/attest.h"

namespace strongroom::attest::intel {

void fill_claims(const Quote& quote, Claims& claims);
void fill_platform_claims(const PckExtensions& pck, Claims& claims);

}  // namespace strongroom::attest::intel
