#include "attest/nvidia/gpu_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::attest::nvidia {
namespace {

constexpr uint8_t kVersion = 0x11, kGetMeasurements = 0xe0, kMeasurements = 0x60;
constexpr uint8_t kSignatureRequested = 0x01, kAllMeasurements = 0xff, kDmtf = 0x01;
constexpr size_t kNonceSize = 32, kSignatureSize = 96, kDigestSize = 48;
// NVIDIA's opaque fields.
constexpr uint16_t kDriverVersion = 3, kVbiosVersion = 6, kDecoderStatus = 9, kFirmwareId = 20;
constexpr uint8_t kDisabled = 0x55;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "NVIDIA report: " + std::move(why));
}

std::string text_of(ByteView value) {
  std::string text(as_text(value));
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// GPUs send eight bytes, 00 5E 00 96 01 00 00 00 for 96.00.5E.00.01; switches text.
std::string vbios_text(ByteView value) {
  if (value.size() != 8) return text_of(value);
  return fmt::format("{:02X}.{:02X}.{:02X}.{:02X}.{:02X}", value[3], value[2], value[1], value[0], value[4]);
}

Result<void> read_request(ByteReader& reader, GpuReport& report) {
  if (TRY(reader.little<uint8_t>("version")) != kVersion) return malformed("the request is not of SPDM 1.1");
  if (TRY(reader.little<uint8_t>("request code")) != kGetMeasurements)
    return malformed("it does not begin with GET_MEASUREMENTS");
  if ((TRY(reader.little<uint8_t>("attributes")) & kSignatureRequested) == 0)
    return malformed("no signature was requested");
  if (TRY(reader.little<uint8_t>("operation")) != kAllMeasurements)
    return malformed("not all measurements were requested");
  report.nonce = to_bytes(TRY(reader.bytes(kNonceSize, "nonce")));
  return reader.skip(1, "slot");
}

// A block in DMTF's form (section 10.11.1.1): type and size before the value.
Result<void> read_block(ByteReader& reader, GpuReport& report) {
  const auto index = TRY(reader.little<uint8_t>("measurement index"));
  if (TRY(reader.little<uint8_t>("measurement specification")) != kDmtf)
    return malformed("a measurement is not in DMTF's form");
  const auto size = TRY(reader.little<uint16_t>("measurement size"));
  ByteReader block(TRY(reader.bytes(size, "measurement")));
  TRY(block.skip(1, "measurement type"));
  const auto value_size = TRY(block.little<uint16_t>("value size"));
  if (value_size != kDigestSize)
    return malformed(fmt::format("measurement {} has {} bytes", index, value_size));
  Bytes value = to_bytes(TRY(block.bytes(value_size, "value")));
  TRY(block.expect_end("measurement"));
  if (index == 0 || !report.measurements.emplace(index, std::move(value)).second)
    return malformed(fmt::format("measurement {} stands twice or may not be there", index));
  return {};
}

Result<void> read_opaque(ByteView bytes, GpuReport& report) {
  ByteReader reader(bytes);
  std::map<uint16_t, ByteView> fields;
  while (!reader.at_end()) {
    const auto type = TRY(reader.little<uint16_t>("opaque type"));
    const auto size = TRY(reader.little<uint16_t>("opaque size"));
    if (!fields.emplace(type, TRY(reader.bytes(size, "opaque value"))).second)
      return malformed(fmt::format("opaque field {} stands twice", type));
  }
  const auto field = [&](uint16_t type) { return fields.contains(type) ? fields[type] : ByteView(); };
  report.driver_version = text_of(field(kDriverVersion));
  report.vbios_version = vbios_text(field(kVbiosVersion));
  if (!printable(report.driver_version) || !printable(report.vbios_version))
    return malformed("a version is no text");
  if (report.vbios_version.empty()) return malformed("the VBIOS version is missing");
  if (fields.contains(kFirmwareId)) report.firmware_id = to_bytes(field(kFirmwareId));
  const ByteView decoder = field(kDecoderStatus);
  report.decoder_disabled = decoder.size() == 1 && decoder[0] == kDisabled;
  return {};
}

}  // namespace

bool looks_like_report(ByteView bytes) {
  return bytes.size() > 37 + 8 + 34 + kSignatureSize && bytes[0] == kVersion &&
         bytes[1] == kGetMeasurements && bytes[37] == kVersion && bytes[38] == kMeasurements;
}

Result<GpuReport> parse_report(ByteView bytes) {
  GpuReport report;
  ByteReader reader(bytes);
  TRY(read_request(reader, report));
  if (TRY(reader.little<uint8_t>("version")) != kVersion) return malformed("the response is not of SPDM 1.1");
  if (TRY(reader.little<uint8_t>("response code")) != kMeasurements)
    return malformed("the response is not MEASUREMENTS");
  TRY(reader.skip(2, "parameters"));
  const auto count = TRY(reader.little<uint8_t>("number of blocks"));
  const auto low = TRY(reader.little<uint16_t>("record size"));
  const auto high = TRY(reader.little<uint8_t>("record size"));
  ByteReader record(TRY(reader.bytes(size_t{high} << 16 | low, "measurement record")));
  for (unsigned i = 0; i < count; ++i) TRY(read_block(record, report));
  TRY(record.expect_end("measurement record"));
  if (report.measurements.empty()) return malformed("it holds no measurement");
  TRY(reader.skip(kNonceSize, "response nonce"));
  const auto opaque_size = TRY(reader.little<uint16_t>("opaque size"));
  TRY(read_opaque(TRY(reader.bytes(opaque_size, "opaque data")), report));
  report.signed_message = to_bytes(bytes.first(reader.position()));
  report.signature = to_bytes(TRY(reader.bytes(kSignatureSize, "signature")));
  TRY(reader.expect_end("NVIDIA report"));
  return report;
}

std::optional<Bytes> firmware_id_of(const crypto::Certificate& certificate) {
  // FWID ::= SEQUENCE { hashAlg OBJECT IDENTIFIER, digest OCTET STRING }: id-sha384, then 48 bytes. The
  // sequences around it differ between generations.
  constexpr std::array<uint8_t, 13> kFirmwareIdHead = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01,       0x65,
                                                       0x03, 0x04, 0x02, 0x02, 0x04, kDigestSize};
  for (const char* oid : {"2.23.133.5.4.1", "2.23.133.5.4.1.1"}) {
    const auto value = certificate.extension(oid);
    if (!value) continue;
    const auto at = std::search(value->begin(), value->end(), kFirmwareIdHead.begin(), kFirmwareIdHead.end());
    const size_t offset = static_cast<size_t>(at - value->begin()) + kFirmwareIdHead.size();
    if (offset + kDigestSize <= value->size()) return to_bytes(value->subspan(offset, kDigestSize));
  }
  return std::nullopt;
}

}  // namespace strongroom::attest::nvidia
