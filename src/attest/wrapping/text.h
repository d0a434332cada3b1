// Text that stands for bytes, as tools print them and people paste them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attest::wrapping {

// One way to read a text as bytes.
struct Reading {
  Bytes bytes;
  std::string encoding;  // for people: "hexadecimal", "base64", "base64url", "the armour INTEL QUOTE"
};

// Every way to read the text: hexadecimal (with or without "0x"), base64 or base64url (with or without
// padding; RFC 4648), each with white space anywhere, in double quotes, after lines of comment ("#") or a
// byte order mark; or base64 between the lines "-----BEGIN X-----" and "-----END X-----", one reading for
// each block. What is no such text has none; most texts have one, but the digits of hexadecimal are base64,
// too.
std::vector<Reading> readings(std::string_view text);

}  // namespace strongroom::attest::wrapping
