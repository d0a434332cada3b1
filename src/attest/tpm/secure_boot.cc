#include "attest/tpm/secure_boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::tpm {
namespace {

constexpr uint32_t kPolicyPcr = 7, kPolicyRegister = 1;  // RTMR0 of a CCEL
constexpr size_t kMaximumEntries = 8192, kMaximumName = 256;

using Guid = std::array<uint8_t, 16>;
// UEFI 2.10, section 32.4.1: EFI_CERT_X509_GUID and EFI_CERT_SHA256_GUID, as they stand in memory.
constexpr Guid kX509 = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                        0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
constexpr Guid kSha256 = {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
                          0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};

struct Variable {
  std::string name;
  ByteView data;
};

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "Secure Boot: " + std::move(why));
}
tl::unexpected<Error> contradiction(std::string why) {
  return fail(ErrorCode::kVerificationFailed, "Secure Boot: " + std::move(why));
}

Result<Variable> read_variable(ByteView bytes) {
  ByteReader reader(bytes);
  TRY(reader.skip(16, "variable's GUID"));
  const auto letters = TRY(reader.little<uint64_t>("variable's name length"));
  const auto size = TRY(reader.little<uint64_t>("variable's size"));
  if (letters > kMaximumName || size > bytes.size()) return malformed("a variable is longer than its event");
  Variable variable;
  for (uint64_t i = 0; i < letters; ++i) {
    const auto letter = TRY(reader.little<uint16_t>("variable's name"));
    // Names of other alphabets are none of those that are looked for.
    variable.name += letter < 0x80 ? static_cast<char>(letter) : '?';
  }
  variable.data = TRY(reader.bytes(size, "variable"));
  TRY(reader.expect_end("variable"));
  return variable;
}

std::string entry_text(const Guid& type, ByteView data) {
  if (type == kX509) return "sha256:" + to_hex(crypto::sha256(data));
  if (type == kSha256 && data.size() == 32) return "hash:" + to_hex(data);
  return "other:" + to_hex(crypto::sha256(data));
}

// EFI_SIGNATURE_LIST after EFI_SIGNATURE_LIST.
Result<std::vector<std::string>> read_signature_lists(ByteView bytes) {
  std::vector<std::string> entries;
  ByteReader reader(bytes);
  while (!reader.at_end()) {
    const Guid type = TRY(reader.array<16>("SignatureType"));
    const auto list_size = TRY(reader.little<uint32_t>("SignatureListSize"));
    const auto header_size = TRY(reader.little<uint32_t>("SignatureHeaderSize"));
    const auto entry_size = TRY(reader.little<uint32_t>("SignatureSize"));
    if (list_size < 28 || entry_size <= 16 || header_size > list_size - 28)
      return malformed("the sizes of a signature list do not agree");
    ByteReader list(TRY(reader.bytes(list_size - 28, "signature list")));
    TRY(list.skip(header_size, "SignatureHeader"));
    if (list.remaining() % entry_size != 0) return malformed("a signature list holds a piece of an entry");
    while (!list.at_end()) {
      if (entries.size() == kMaximumEntries) return malformed("more than 8,192 entries");
      TRY(list.skip(16, "SignatureOwner"));
      entries.push_back(entry_text(type, TRY(list.bytes(entry_size - 16, "SignatureData"))));
    }
  }
  return entries;
}

// Notes one configuration variable; each may stand there once.
Result<void> note(const Variable& variable, std::vector<std::string>& seen, SecureBoot& out) {
  std::vector<std::string>* list = variable.name == "PK"    ? &out.platform_key
                                   : variable.name == "KEK" ? &out.key_exchange
                                   : variable.name == "db"  ? &out.allowed
                                   : variable.name == "dbx" ? &out.forbidden
                                                            : nullptr;
  if (list == nullptr && variable.name != "SecureBoot") return {};
  if (std::find(seen.begin(), seen.end(), variable.name) != seen.end())
    return contradiction(fmt::format("variable {} was measured twice", variable.name));
  seen.push_back(variable.name);
  if (list != nullptr) {
    *list = TRY(read_signature_lists(variable.data));
    return {};
  }
  // Absent, the variable is measured empty: Secure Boot is off.
  if (variable.data.size() > 1 || (variable.data.size() == 1 && variable.data[0] > 1))
    return malformed("variable SecureBoot is neither 0 nor 1");
  out.enabled = variable.data.size() == 1 && variable.data[0] == 1;
  return {};
}

// EV_EFI_VARIABLE_AUTHORITY: one EFI_SIGNATURE_DATA of "db"; shim's and others' have their own forms.
std::optional<std::string> authority(const Event& event) {
  const auto variable = read_variable(event.data);
  if (!variable || variable->data.size() <= 16 || !event.measures(event.data)) return std::nullopt;
  return fmt::format("{}:sha256:{}", variable->name, to_hex(crypto::sha256(variable->data.subspan(16))));
}

}  // namespace

Result<SecureBoot> read_secure_boot(const EventLog& log) {
  const uint32_t index = log.kind == EventLogKind::kTpm ? kPolicyPcr : kPolicyRegister;
  SecureBoot out;
  std::vector<std::string> seen;
  bool separated = false;
  for (const Event& event : log.events) {
    if (event.index != index) continue;
    if (event.separates()) separated = true;
    if (event.type == kEventVariableAuthority) {
      if (auto entry = authority(event)) out.authorities.push_back(std::move(*entry));
    }
    if (event.type != kEventVariableDriverConfig) continue;
    if (separated) return contradiction("a variable was measured after the firmware's separator");
    const Variable variable = TRY(read_variable(event.data));
    // The profile has the digest over the whole structure; firmware of old hashed the variable alone.
    if (!event.measures(event.data) && !event.measures(variable.data))
      return contradiction(fmt::format("variable {} is not what was measured", variable.name));
    TRY(note(variable, seen, out));
  }
  if (std::find(seen.begin(), seen.end(), "SecureBoot") == seen.end())
    return fail(ErrorCode::kNotFound, "the log does not say whether Secure Boot was on");
  if (!separated) return contradiction("the firmware's separator is missing: its variables have no end");
  return out;
}

std::string doubled_separators(const EventLog& log) {
  if (log.kind != EventLogKind::kTpm) return {};
  std::array<unsigned, 8> count{};
  for (const Event& event : log.events)
    if (event.index < count.size() && event.separates() && ++count[event.index] > 1)
      return fmt::format("PCR {} has more than one separator", event.index);
  return {};
}

}  // namespace strongroom::attest::tpm
