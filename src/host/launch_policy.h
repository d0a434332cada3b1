// Which launches of an image a keeper permits.
#pragma once

#include "host/protocol.h"

namespace strongroom::host {

// kVerificationFailed for an image that nobody signed, unless Launch allows that, and for debugging that the
// image does not permit, or production; kInvalidArgument, kUnsupported for what cannot be.
Result<void> check_policy(const Prepared& image, const Launch& launch);

}  // namespace strongroom::host
