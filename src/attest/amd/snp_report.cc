#include "attest/amd/snp_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::attest::amd {
namespace {

constexpr uint32_t kEcdsaP384Sha384 = 1;  // SIGNATURE_ALGO, table 139
constexpr uint8_t kFamilyTurin = 0x1a;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "SNP report: " + std::move(why));
}

Result<void> zeros(ByteReader& reader, size_t count, std::string_view what) {
  const ByteView bytes = TRY(reader.bytes(count, what));
  if (std::any_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte != 0; }))
    return malformed(fmt::format("{} are not zero", what));
  return {};
}

Product product_of(uint8_t family, uint8_t model) {
  if (family == 0x19 && model <= 0x0f) return Product::kMilan;
  if (family == 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf)))
    return Product::kGenoa;
  if (family == kFamilyTurin && model <= 0x1f) return Product::kTurin;
  return Product::kUnknown;
}

Result<TcbVersion> read_tcb(ByteReader& reader, std::string_view what) {
  TcbVersion tcb;
  tcb.raw = TRY(reader.array<8>(what));
  return tcb;
}

// The components stand in other bytes since Turin.
void place_components(TcbVersion& tcb, bool turin) {
  const auto& raw = tcb.raw;
  if (turin) {
    tcb.fmc = raw[0];
    tcb.bootloader = raw[1];
    tcb.tee = raw[2];
    tcb.snp = raw[3];
  } else {
    tcb.bootloader = raw[0];
    tcb.tee = raw[1];
    tcb.snp = raw[6];
  }
  tcb.microcode = raw[7];
}

Result<FirmwareVersion> read_firmware(ByteReader& reader) {
  FirmwareVersion version;
  version.build = TRY(reader.little<uint8_t>("firmware build"));
  version.minor = TRY(reader.little<uint8_t>("firmware minor version"));
  version.major = TRY(reader.little<uint8_t>("firmware major version"));
  TRY(zeros(reader, 1, "reserved bytes after the firmware version"));
  return version;
}

// A little-endian number of 72 bytes, of which P-384 fills 48 (table 140).
Result<void> read_half(ByteReader& reader, std::span<uint8_t> big_endian, std::string_view what) {
  const ByteView number = TRY(reader.bytes(big_endian.size(), what));
  std::reverse_copy(number.begin(), number.end(), big_endian.begin());
  return zeros(reader, 72 - big_endian.size(), "high bytes of the signature");
}

Result<void> read_identity(ByteReader& reader, SnpReport& report) {
  report.report_data = TRY(reader.array<64>("REPORT_DATA"));
  report.measurement = TRY(reader.array<48>("MEASUREMENT"));
  report.host_data = TRY(reader.array<32>("HOST_DATA"));
  report.id_key_digest = TRY(reader.array<48>("ID_KEY_DIGEST"));
  report.author_key_digest = TRY(reader.array<48>("AUTHOR_KEY_DIGEST"));
  report.report_id = TRY(reader.array<32>("REPORT_ID"));
  report.report_id_ma = TRY(reader.array<32>("REPORT_ID_MA"));
  return {};
}

Result<void> read_platform(ByteReader& reader, SnpReport& report) {
  report.reported_tcb = TRY(read_tcb(reader, "REPORTED_TCB"));
  if (report.version >= 3) {
    report.cpuid_family = TRY(reader.little<uint8_t>("CPUID_FAM_ID"));
    report.cpuid_model = TRY(reader.little<uint8_t>("CPUID_MOD_ID"));
    report.cpuid_stepping = TRY(reader.little<uint8_t>("CPUID_STEP"));
    report.product = product_of(report.cpuid_family, report.cpuid_model);
    TRY(zeros(reader, 21, "reserved bytes after CPUID"));
  } else {
    TRY(zeros(reader, 24, "reserved bytes after REPORTED_TCB"));
  }
  report.chip_id = TRY(reader.array<64>("CHIP_ID"));
  report.committed_tcb = TRY(read_tcb(reader, "COMMITTED_TCB"));
  report.current = TRY(read_firmware(reader));
  report.committed = TRY(read_firmware(reader));
  report.launch_tcb = TRY(read_tcb(reader, "LAUNCH_TCB"));
  if (report.version >= 5) {
    report.launch_mitigations = TRY(reader.little<uint64_t>("LAUNCH_MIT_VECTOR"));
    report.current_mitigations = TRY(reader.little<uint64_t>("CURRENT_MIT_VECTOR"));
  } else {
    TRY(zeros(reader, 16, "reserved bytes after LAUNCH_TCB"));
  }
  return zeros(reader, 152, "reserved bytes before the signature");
}

}  // namespace

std::string_view to_string(Product product) {
  switch (product) {
    case Product::kMilan:
      return "Milan";
    case Product::kGenoa:
      return "Genoa";
    case Product::kTurin:
      return "Turin";
    case Product::kUnknown:
      break;
  }
  return "unknown";
}

bool TcbVersion::reached_by(const TcbVersion& other) const {
  return fmc <= other.fmc && bootloader <= other.bootloader && tee <= other.tee && snp <= other.snp &&
         microcode <= other.microcode;
}

bool looks_like_report(ByteView bytes) {
  ByteReader reader(bytes);
  const auto version = reader.little<uint32_t>("VERSION");
  if (bytes.size() < kReportSize || !version || *version < 1 || *version > 15) return false;
  ByteReader algorithm(bytes.subspan(0x34));
  return algorithm.little<uint32_t>("SIGNATURE_ALGO").value_or(0) == kEcdsaP384Sha384;
}

Result<SnpReport> parse_report(ByteView bytes) {
  if (bytes.size() != kReportSize)
    return malformed(fmt::format("{} bytes instead of {}", bytes.size(), kReportSize));
  ByteReader reader(bytes);
  SnpReport report;
  report.version = TRY(reader.little<uint32_t>("VERSION"));
  if (report.version != 2 && report.version != 3 && report.version != 5)
    return malformed(fmt::format("version {} is not known", report.version));
  report.guest_svn = TRY(reader.little<uint32_t>("GUEST_SVN"));
  report.policy = TRY(reader.little<uint64_t>("POLICY"));
  if (!report.policy_bit(17)) return malformed("bit 17 of POLICY is not one");
  report.family_id = TRY(reader.array<16>("FAMILY_ID"));
  report.image_id = TRY(reader.array<16>("IMAGE_ID"));
  report.vmpl = TRY(reader.little<uint32_t>("VMPL"));
  const auto algorithm = TRY(reader.little<uint32_t>("SIGNATURE_ALGO"));
  if (algorithm != kEcdsaP384Sha384)
    return malformed(fmt::format("signature algorithm {} is not known", algorithm));
  report.current_tcb = TRY(read_tcb(reader, "CURRENT_TCB"));
  report.platform_info = TRY(reader.little<uint64_t>("PLATFORM_INFO"));
  const auto flags = TRY(reader.little<uint32_t>("key flags"));
  if ((flags >> 5) != 0) return malformed("reserved bits of the key flags are not zero");
  report.author_key_enabled = (flags & 1) != 0;
  report.chip_key_masked = (flags & 2) != 0;
  report.signing_key = static_cast<uint8_t>((flags >> 2) & 7);
  TRY(zeros(reader, 4, "reserved bytes after the key flags"));
  TRY(read_identity(reader, report));
  TRY(read_platform(reader, report));
  std::copy_n(bytes.begin(), kSignedSize, report.signed_bytes.begin());
  TRY(read_half(reader, std::span(report.signature).first(48), "signature r"));
  TRY(read_half(reader, std::span(report.signature).last(48), "signature s"));
  TRY(zeros(reader, 368, "reserved bytes of the signature"));
  TRY(reader.expect_end("SNP report"));
  const bool turin = report.cpuid_family == kFamilyTurin;
  for (TcbVersion* tcb :
       {&report.current_tcb, &report.reported_tcb, &report.committed_tcb, &report.launch_tcb})
    place_components(*tcb, turin);
  return report;
}

}  // namespace strongroom::attest::amd
