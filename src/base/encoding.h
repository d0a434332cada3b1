// Text encodings of bytes: hexadecimal and base64 (RFC 4648).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace strongroom {

// Lower-case hexadecimal, two digits a byte.
std::string to_hex(ByteView bytes);
// Accepts both cases; refuses an odd number of digits and any other character, naming its position.
Result<Bytes> from_hex(std::string_view text);

// base64 with padding (section 4) and base64url without (section 5).
std::string to_base64(ByteView bytes);
std::string to_base64url(ByteView bytes);
// Strict: canonical only. Refuses white space, characters of the other alphabet, wrong padding, and set bits
// after the last byte.
Result<Bytes> from_base64(std::string_view text);
Result<Bytes> from_base64url(std::string_view text);

}  // namespace strongroom
