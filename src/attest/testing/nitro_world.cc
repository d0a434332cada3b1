#include "attest/testing/nitro_world.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::hours;

struct Keys {
  Key root = Key::make(Key::Kind::kP384), authority = Key::make(Key::Kind::kP384),
      leaf = Key::make(Key::Kind::kP384);
  Key leaf256 = Key::make(Key::Kind::kP256), other = Key::make(Key::Kind::kP384);
};
const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

Bytes optional_bytes(const std::optional<Bytes>& value) {
  return value ? cbor_bytes_item(*value) : Bytes{0xf6};
}

Bytes signed_number(int64_t value) {
  return value < 0 ? cbor_head(1, static_cast<uint64_t>(-1 - value))
                   : cbor_head(0, static_cast<uint64_t>(value));
}

}  // namespace

Bytes cbor_head(uint8_t major, uint64_t argument) {
  ByteWriter out;
  const auto top = static_cast<uint8_t>(major << 5);
  if (argument < 24) return out.big(static_cast<uint8_t>(top | argument)).take();
  if (argument < 0x100)
    return out.big(static_cast<uint8_t>(top | 24)).big(static_cast<uint8_t>(argument)).take();
  if (argument < 0x10000)
    return out.big(static_cast<uint8_t>(top | 25)).big(static_cast<uint16_t>(argument)).take();
  if (argument < 0x100000000)
    return out.big(static_cast<uint8_t>(top | 26)).big(static_cast<uint32_t>(argument)).take();
  return out.big(static_cast<uint8_t>(top | 27)).big(argument).take();
}
Bytes cbor_bytes_item(ByteView content) {
  return concat({cbor_head(2, content.size()), to_bytes(content)});
}
Bytes cbor_text_item(std::string_view text) {
  return concat({cbor_head(3, text.size()), to_bytes(as_bytes(text))});
}

NitroSpec good_nitro() {
  NitroSpec spec;
  spec.now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  for (unsigned i = 0; i < 16; ++i) spec.pcrs[i] = Bytes(48, static_cast<uint8_t>(i < 5 ? 0x50 + i : 0));
  const auto authority = [&](const char* name, int path_length, uint64_t serial) {
    return CertificateSpec{name, spec.now - hours(500), spec.now + hours(500),          serial,
                           true, path_length,           "critical,keyCertSign,cRLSign", {},
                           false};
  };
  spec.root = authority("aws.nitro-enclaves", 2, 1);
  spec.authority = authority("zone.nitro-enclaves", 0, 2);
  spec.leaf = {"i-1234-enc5678.nitro-enclaves",
               spec.now - hours(1),
               spec.now + hours(2),
               3,
               false,
               std::nullopt,
               "critical,digitalSignature",
               {},
               false};
  return spec;
}

std::unique_ptr<NitroCase> build(const NitroSpec& spec) {
  auto out = std::make_unique<NitroCase>();
  const Identity root = issue(spec.root, keys().root, nullptr);
  const Identity authority = issue(spec.authority, keys().authority, &root);
  Identity issuer = authority;
  if (spec.leaf_signed_by_other) issuer.key = keys().other;
  const Key& leaf_key = spec.leaf_kind == Key::Kind::kP384 ? keys().leaf : keys().leaf256;
  const Identity leaf = issue(spec.leaf, leaf_key, &issuer);

  Bytes pcrs = cbor_head(5, spec.pcrs.size());
  for (const auto& [index, value] : spec.pcrs)
    pcrs = concat({pcrs, cbor_head(0, index), cbor_bytes_item(value)});
  Bytes bundle = cbor_head(4, spec.bundle.size());
  for (const std::string& name : spec.bundle)
    bundle = concat({bundle, cbor_bytes_item(name == "root" ? root.der : authority.der)});
  std::vector<std::pair<std::string, Bytes>> members = {
      {"module_id", cbor_text_item(spec.module_id)},   {"digest", cbor_text_item(spec.digest)},
      {"timestamp", cbor_head(0, spec.timestamp)},     {"pcrs", pcrs},
      {"certificate", cbor_bytes_item(leaf.der)},      {"cabundle", bundle},
      {"public_key", optional_bytes(spec.public_key)}, {"user_data", optional_bytes(spec.user_data)},
      {"nonce", optional_bytes(spec.document_nonce)}};
  if (spec.change_members) spec.change_members(members);
  Bytes payload = spec.indefinite ? Bytes{0xbf} : cbor_head(5, members.size());
  for (const auto& [key, value] : members) payload = concat({payload, cbor_text_item(key), value});
  if (spec.indefinite) payload.push_back(0xff);
  if (spec.change_payload) spec.change_payload(payload);

  const Bytes header = concat({cbor_head(5, 1), cbor_head(0, 1), signed_number(spec.algorithm)});
  const Bytes to_sign = concat({cbor_head(4, 4), cbor_text_item("Signature1"), cbor_bytes_item(header),
                                cbor_bytes_item(spec.external), cbor_bytes_item(payload)});
  const Bytes signature = (spec.sign_with_other_key ? keys().other : leaf_key).sign(to_sign);
  out->evidence = concat({spec.tag ? Bytes{0xd2} : Bytes{}, cbor_head(4, 4), cbor_bytes_item(header),
                          spec.unprotected, cbor_bytes_item(payload), cbor_bytes_item(signature)});
  if (spec.change_document) spec.change_document(out->evidence);
  out->options.time = spec.now;
  out->options.nonce = spec.nonce;
  if (spec.give_lists) {
    const auto list = [&](const Identity& issuer, const std::vector<uint64_t>& serials) {
      (void)out->collateral.add(revoke(issuer, spec.now - hours(1), spec.now + hours(1), serials), "list");
    };
    list(root, spec.root_revokes);
    list(authority, spec.authority_revokes);
  }
  out->options.collateral = &out->collateral;
  if (spec.trust_root) out->options.extra_roots.push_back({"test", keys().root.fingerprint()});
  return out;
}

}  // namespace strongroom::attest::testing
