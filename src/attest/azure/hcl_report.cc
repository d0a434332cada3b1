#include "attest/azure/hcl_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::azure {
namespace {

constexpr uint32_t kMagic = 0x414c4348;  // "HCLA"
constexpr size_t kHardwareSize = 1184, kTdReportSize = 1024, kRuntimeHeader = 20;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "HCL report: " + std::move(why));
}

Result<Bytes> hash(uint32_t type, ByteView data) {
  const auto bytes = [](const auto& digest) { return Bytes(digest.begin(), digest.end()); };
  switch (type) {
    case 1:
      return bytes(crypto::sha256(data));
    case 2:
      return bytes(crypto::sha384(data));
    case 3:
      return bytes(crypto::sha512(data));
    default:
      return malformed(fmt::format("hash type {} is not known", type));
  }
}

Result<crypto::PublicKey> attestation_key(const nlohmann::json& runtime) {
  const nlohmann::json& keys = TRY(json_array(runtime, "keys"));
  for (const nlohmann::json& key : keys) {
    if (!key.is_object() || key.value("kid", nlohmann::json()) != "HCLAkPub") continue;
    return TRY(parse_jwk(key)).key;
  }
  return malformed("runtime data holds no key HCLAkPub");
}

}  // namespace

bool looks_like_hcl(ByteView bytes) {
  return ByteReader(bytes).little<uint32_t>("signature").value_or(0) == kMagic;
}

Result<HclReport> parse_hcl(ByteView bytes) {
  ByteReader reader(bytes);
  if (TRY(reader.little<uint32_t>("signature")) != kMagic) return malformed("it does not begin with HCLA");
  const auto version = TRY(reader.little<uint32_t>("version"));
  if (version != 1 && version != 2) return malformed(fmt::format("version {} is not known", version));
  TRY(reader.skip(24, "header"));  // sizes and status, of the request that nobody repeats here
  const ByteView hardware = TRY(reader.bytes(kHardwareSize, "hardware report"));

  const auto size = TRY(reader.little<uint32_t>("runtime data size"));
  TRY(reader.skip(4, "runtime data version"));
  const auto type = TRY(reader.little<uint32_t>("report type"));
  const auto hash_type = TRY(reader.little<uint32_t>("hash type"));
  const auto claims_size = TRY(reader.little<uint32_t>("runtime claims size"));
  if (type != static_cast<uint32_t>(HardwareReport::kSnp) &&
      type != static_cast<uint32_t>(HardwareReport::kTdx))
    return malformed(fmt::format("report type {} is not known", type));
  if (size < kRuntimeHeader || size - kRuntimeHeader != claims_size)
    return malformed("the sizes of the runtime data do not agree");
  const ByteView data = TRY(reader.bytes(claims_size, "runtime data"));
  const ByteView padding = reader.rest();
  if (std::any_of(padding.begin(), padding.end(), [](uint8_t byte) { return byte != 0; }))
    return malformed("bytes follow it");

  const nlohmann::json runtime = TRY_IN("HCL report: runtime data", parse_json(data));
  Bytes runtime_hash = TRY(hash(hash_type, data));
  crypto::PublicKey key = TRY(attestation_key(runtime));
  HclReport report{static_cast<HardwareReport>(type),
                   to_bytes(hardware),
                   to_bytes(data),
                   std::move(runtime_hash),
                   std::move(key),
                   {},
                   {}};
  if (report.kind == HardwareReport::kTdx) report.hardware_report.resize(kTdReportSize);
  if (runtime.contains("vm-configuration")) report.configuration = runtime["vm-configuration"].dump();
  if (runtime.contains("user-data"))
    report.user_data = TRY_IN("HCL report: user-data", from_hex(TRY(json_text(runtime, "user-data"))));
  return report;
}

}  // namespace strongroom::attest::azure
