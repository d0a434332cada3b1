#include "attest/amd/certificate_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/pem.h"

namespace strongroom::attest::amd {
namespace {

// GUIDs in the order of their bytes in memory, as 56421 prints them in section 4.1.8.1.
constexpr std::string_view kVcek = "63da758de6644564adc5f4b93be8accd";
constexpr std::string_view kVlek = "a8074bc2a25a483eaae639c045a0b8a1";
constexpr std::string_view kAsk = "4ab7b379bbac4fe4a02f05aef327c782";
constexpr std::string_view kArk = "c0b406a4a803495297433fb6014cd0ae";
constexpr std::string_view kCrl = "92f81bc358114d3d97ffd19f88dc67ea";

// The text form of a GUID prints its first three numbers big-endian; in memory they are little-endian.
std::string guid_text(ByteView bytes) {
  Bytes order = to_bytes(bytes);
  std::reverse(order.begin(), order.begin() + 4);
  std::reverse(order.begin() + 4, order.begin() + 6);
  std::reverse(order.begin() + 6, order.begin() + 8);
  return to_hex(order);
}

}  // namespace

Result<CertificateTable> parse_certificate_table(ByteView bytes) {
  CertificateTable table;
  ByteReader reader(bytes);
  size_t used = 0;
  for (int entries = 0;; ++entries) {
    if (entries == 64) return fail(ErrorCode::kMalformed, "SNP certificate table: more than 64 entries");
    const ByteView guid = TRY(reader.bytes(16, "certificate table GUID"));
    const auto offset = TRY(reader.little<uint32_t>("certificate offset"));
    const auto length = TRY(reader.little<uint32_t>("certificate length"));
    if (std::all_of(guid.begin(), guid.end(), [](uint8_t byte) { return byte == 0; })) return table;
    ByteReader content_reader(bytes);
    TRY(content_reader.skip(offset, "certificate offset"));
    const ByteView content = TRY(content_reader.bytes(length, "certificate"));
    // Entries that lie over one another would make much of little.
    used += length;
    if (used > bytes.size()) return fail(ErrorCode::kMalformed, "SNP certificate table: entries overlap");
    // Some hosts write the GUIDs in the order of their text.
    const std::string as_written = to_hex(guid);
    const bool is_text_order = as_written == kVcek || as_written == kVlek || as_written == kAsk ||
                               as_written == kArk || as_written == kCrl;
    const std::string kind = is_text_order ? as_written : guid_text(guid);
    if (kind == kCrl) {
      table.revocation_lists.push_back(TRY(crypto::RevocationList::from_der(content)));
    } else if (kind == kVcek || kind == kVlek || kind == kAsk || kind == kArk) {
      if (auto certificate = crypto::Certificate::from_der(content)) {
        table.certificates.push_back(std::move(*certificate));
      } else {  // some providers put PEM there
        for (crypto::Certificate& pem : TRY(crypto::certificates_from_pem(content)))
          table.certificates.push_back(std::move(pem));
      }
    }
  }
}

}  // namespace strongroom::attest::amd
