#include "attest/utf8.h"

namespace strongroom::attest {

bool is_utf8(ByteView text) {
  for (size_t at = 0; at < text.size();) {
    const uint8_t first = text[at++];
    if (first < 0x80) continue;
    const int following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4) return false;
    uint32_t point = first & (0x3fU >> following);
    for (int i = 0; i < following; ++i) {
      if (at == text.size() || (text[at] & 0xc0) != 0x80) return false;
      point = point << 6 | (text[at++] & 0x3f);
    }
    const uint32_t least = following == 3 ? 0x10000 : following == 2 ? 0x800 : 0x80;
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
  }
  return true;
}

}  // namespace strongroom::attest
