// Validity of UTF-8 (RFC 3629, section 4).
#pragma once

#include "base/bytes.h"

namespace strongroom::attest {

// No overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(ByteView text);

}  // namespace strongroom::attest
