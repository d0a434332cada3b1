#include "attest/nitro/nitro_document.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::attest::nitro {
namespace {

constexpr unsigned kPcrs = 32;
constexpr size_t kMaximumBundle = 16;
// The specification's figures are 512 and 1,024; the security module accepts 1,024 for each.
constexpr size_t kMaximumOptional = 1024;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "Nitro document: " + std::move(why));
}

Result<std::map<unsigned, Bytes>> read_pcrs(const CborItem& document) {
  const CborItem* map = document.find("pcrs");
  if (map == nullptr || map->type != CborType::kMap) return malformed("\"pcrs\" is no map");
  std::map<unsigned, Bytes> pcrs;
  for (size_t i = 0; i + 1 < map->items.size(); i += 2) {
    const CborItem& index = map->items[i];
    const CborItem& value = map->items[i + 1];
    if (index.type != CborType::kUnsigned || index.number >= kPcrs)
      return malformed("a PCR's index is not 0 to 31");
    // The digest is SHA-384; 48 bytes are its only size.
    if (value.type != CborType::kBytes || value.string().size() != 48)
      return malformed(fmt::format("PCR {} has not 48 bytes", index.number));
    pcrs[static_cast<unsigned>(index.number)] = to_bytes(value.string());
  }
  if (pcrs.empty()) return malformed("\"pcrs\" is empty");
  return pcrs;
}

Result<std::vector<crypto::Certificate>> read_certificates(const CborItem& document,
                                                           crypto::SignatureCache* cache) {
  std::vector<crypto::Certificate> certificates;
  certificates.push_back(TRY_IN("Nitro document: certificate",
                                crypto::parse_certificate(TRY(cbor_bytes(document, "certificate")), cache)));
  const CborItem* bundle = document.find("cabundle");
  if (bundle == nullptr || bundle->type != CborType::kArray || bundle->items.empty())
    return malformed("\"cabundle\" is no list of certificates");
  if (bundle->items.size() > kMaximumBundle)
    return malformed(fmt::format("\"cabundle\" has more than {} certificates", kMaximumBundle));
  for (const CborItem& item : bundle->items) {
    if (item.type != CborType::kBytes)
      return malformed("\"cabundle\" holds something that is no byte string");
    certificates.push_back(
        TRY_IN("Nitro document: cabundle", crypto::parse_certificate(item.string(), cache)));
  }
  return certificates;
}

Result<Bytes> read_optional(const CborItem& document, std::string_view key) {
  const CborItem* item = document.find(key);
  if (item == nullptr || item->is_null()) return Bytes{};
  if (item->type != CborType::kBytes || item->string().size() > kMaximumOptional)
    return malformed(fmt::format("\"{}\" is no byte string of at most {} bytes", key, kMaximumOptional));
  return to_bytes(item->string());
}

}  // namespace

bool looks_like_document(ByteView bytes) {
  if (bytes.size() < 64) return false;
  const uint8_t array = bytes[0] == 0xd2 ? bytes[1] : bytes[0];
  if (array != 0x84 && array != 0x9f) return false;
  return as_text(bytes.first(std::min<size_t>(bytes.size(), 256))).find("module_id") !=
         std::string_view::npos;
}

Result<NitroDocument> parse_document(ByteView bytes, crypto::SignatureCache* cache) {
  NitroDocument document;
  document.envelope = TRY(parse_cose_sign1(bytes));
  // Nothing outside of the signature: AWS sends no unprotected header.
  if (document.envelope.unprotected_count != 0) return malformed("the unprotected header is not empty");
  const CborItem payload = TRY_IN("Nitro document", parse_cbor(document.envelope.payload));
  document.module_id = TRY(cbor_text(payload, "module_id"));
  if (document.module_id.empty()) return malformed("\"module_id\" is empty");
  if (TRY(cbor_text(payload, "digest")) != "SHA384") return malformed("\"digest\" is not SHA384");
  document.timestamp = TRY(cbor_unsigned(payload, "timestamp"));
  if (document.timestamp == 0) return malformed("\"timestamp\" is zero");
  document.pcrs = TRY(read_pcrs(payload));
  document.certificates = TRY(read_certificates(payload, cache));
  document.public_key = TRY(read_optional(payload, "public_key"));
  document.user_data = TRY(read_optional(payload, "user_data"));
  document.nonce = TRY(read_optional(payload, "nonce"));
  return document;
}

}  // namespace strongroom::attest::nitro
