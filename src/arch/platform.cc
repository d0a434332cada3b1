#include "arch/platform.h"

#include "crypto/mac.h"

namespace strongroom::arch {
namespace {

std::array<uint8_t, 32> derive(ByteView master, std::string_view label, std::string_view domain) {
  // Labels have no NUL, so label and domain cannot run into one another.
  ByteWriter message;
  message.bytes(as_bytes(label)).little(uint8_t{0}).bytes(as_bytes(domain));
  return crypto::hmac_sha256(master, message.take());
}

}  // namespace

PlatformSecret derive_platform_secret(ByteView master, std::string_view domain) {
  return {derive(master, "strongroom platform device key", domain),
          derive(master, "strongroom platform seal fuses", domain)};
}

bool is_beyond(const CpuSvn& requested, const CpuSvn& current) {
  for (size_t i = 0; i < requested.size(); ++i) {
    if (requested[i] > current[i]) return true;
  }
  return false;
}

}  // namespace strongroom::arch
