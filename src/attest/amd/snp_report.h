// The attestation report of AMD SEV-SNP, taken apart. SEV Secure Nested Paging Firmware ABI Specification
// (AMD document 56860, revision 1.58), section 7.3, tables 22 to 25; the TCB version of Turin is table 4,
// of Milan and Genoa table 3. All integers, r and s included, are little-endian.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.h"

namespace strongroom::attest::amd {

inline constexpr size_t kReportSize = 0x4a0;
inline constexpr size_t kSignedSize = 0x2a0;

// Which processors a report comes from, by CPUID family and model.
enum class Product { kUnknown, kMilan, kGenoa, kTurin };
std::string_view to_string(Product product);

struct TcbVersion {
  std::array<uint8_t, 8> raw{};
  uint8_t fmc = 0;  // Turin only
  uint8_t bootloader = 0, tee = 0, snp = 0, microcode = 0;

  bool operator==(const TcbVersion&) const = default;
  // No component is newer than that of `other`.
  [[nodiscard]] bool reached_by(const TcbVersion& other) const;
};

enum class SigningKey : uint8_t { kVcek = 0, kVlek = 1, kNone = 7 };

struct FirmwareVersion {
  uint8_t build = 0, minor = 0, major = 0;
};

struct SnpReport {
  uint32_t version = 0, guest_svn = 0;
  uint64_t policy = 0;
  std::array<uint8_t, 16> family_id{}, image_id{};
  uint32_t vmpl = 0;
  uint64_t platform_info = 0;
  bool author_key_enabled = false, chip_key_masked = false;
  uint8_t signing_key = 0;  // SigningKey, or a reserved value
  std::array<uint8_t, 64> report_data{};
  std::array<uint8_t, 48> measurement{};
  std::array<uint8_t, 32> host_data{};
  std::array<uint8_t, 48> id_key_digest{}, author_key_digest{};
  std::array<uint8_t, 32> report_id{}, report_id_ma{};
  uint8_t cpuid_family = 0, cpuid_model = 0, cpuid_stepping = 0;  // from version 3
  Product product = Product::kUnknown;                            // unknown in version 2
  std::array<uint8_t, 64> chip_id{};
  TcbVersion current_tcb, reported_tcb, committed_tcb, launch_tcb;
  FirmwareVersion current, committed;
  std::optional<uint64_t> launch_mitigations, current_mitigations;  // from version 5

  std::array<uint8_t, kSignedSize> signed_bytes{};
  std::array<uint8_t, 96> signature{};  // r || s, turned big-endian

  // GUEST_POLICY, table 10.
  [[nodiscard]] bool debug() const { return policy_bit(19); }
  [[nodiscard]] bool policy_bit(unsigned bit) const { return ((policy >> bit) & 1) != 0; }
};

// Size, version and signature algorithm look like a report.
bool looks_like_report(ByteView bytes);

// Exactly kReportSize bytes. kMalformed on unknown versions and algorithms, and on reserved bytes that are
// not zero, those around the signature included.
Result<SnpReport> parse_report(ByteView bytes);

}  // namespace strongroom::attest::amd
