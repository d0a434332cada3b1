#include "attest/testing/tpm_world.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::hours;
using tpm::PcrBanks;

struct Keys {
  Key root = Key::make(Key::Kind::kP384), authority = Key::make(Key::Kind::kP384),
      other = Key::make(Key::Kind::kP384);
  std::map<Key::Kind, Key> attestation, stranger;
  Keys() {
    for (const Key::Kind kind : {Key::Kind::kP256, Key::Kind::kP384, Key::Kind::kRsa2048}) {
      attestation.emplace(kind, Key::make(kind));
      stranger.emplace(kind, Key::make(kind));
    }
  }
};
const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

Bytes hash(uint16_t bank, ByteView content) {
  const auto copy = [](const auto& digest) { return Bytes(digest.begin(), digest.end()); };
  return bank == tpm::kAlgSha1     ? copy(crypto::sha1(content))
         : bank == tpm::kAlgSha256 ? copy(crypto::sha256(content))
         : bank == tpm::kAlgSha384 ? copy(crypto::sha384(content))
                                   : copy(crypto::sha512(content));
}
size_t size_of(uint16_t bank) {
  return hash(bank, {}).size();
}

Bytes sized(ByteView content) {
  return ByteWriter().big(static_cast<uint16_t>(content.size())).bytes(content).take();
}

uint16_t signing_hash(Key::Kind kind) {
  return kind == Key::Kind::kP384 ? tpm::kAlgSha384 : tpm::kAlgSha256;
}

Bytes public_area(const Key& key, uint32_t attributes) {
  ByteWriter out;
  const bool rsa = key.kind() == Key::Kind::kRsa2048;
  out.big(static_cast<uint16_t>(rsa ? 0x0001 : 0x0023)).big(tpm::kAlgSha256).big(attributes).bytes(sized({}));
  out.big(uint16_t{0x0010});  // no symmetric algorithm
  out.big(static_cast<uint16_t>(rsa ? 0x0014 : 0x0018)).big(signing_hash(key.kind()));
  if (rsa) return out.big(uint16_t{2048}).big(uint32_t{0}).bytes(sized(key.modulus())).take();
  const Bytes point = key.point();
  const size_t half = point.size() / 2;
  out.big(static_cast<uint16_t>(half == 32 ? 0x0003 : 0x0004)).big(uint16_t{0x0010});
  return out.bytes(sized(ByteView(point).first(half))).bytes(sized(ByteView(point).subspan(half))).take();
}

Bytes signature_of(const Key& key, ByteView message) {
  const Bytes value = key.sign(message);
  ByteWriter out;
  if (key.kind() == Key::Kind::kRsa2048)
    return out.big(uint16_t{0x0014}).big(tpm::kAlgSha256).bytes(sized(value)).take();
  const size_t half = value.size() / 2;
  out.big(uint16_t{0x0018}).big(signing_hash(key.kind()));
  return out.bytes(sized(ByteView(value).first(half))).bytes(sized(ByteView(value).subspan(half))).take();
}

Bytes message_of(const TpmSpec& spec, const PcrBanks& quoted) {
  Bytes values;
  ByteWriter out;
  out.big(uint32_t{0xff544347})
      .big(uint16_t{0x8018})
      .bytes(sized(Bytes(34, 0x0b)))
      .bytes(sized(spec.extra_data));
  out.big(uint64_t{1000}).big(uint32_t{5}).big(uint32_t{6}).big(uint8_t{1}).big(uint64_t{0x20160511});
  out.big(static_cast<uint32_t>(spec.banks.size()));
  for (const uint16_t bank : spec.banks) {
    std::array<uint8_t, 3> bits{};
    for (const unsigned pcr : spec.selected) {
      bits[pcr / 8] = static_cast<uint8_t>(bits[pcr / 8] | 1U << (pcr % 8));
      const Bytes& value = quoted.at(bank).at(pcr);
      values.insert(values.end(), value.begin(), value.end());
    }
    out.big(bank).big(uint8_t{3}).bytes(bits);
  }
  return out.bytes(sized(hash(signing_hash(spec.key_kind), values))).take();
}

std::string json_of(const TpmSpec& spec, ByteView message, ByteView signature, const PcrBanks& pcrs,
                    ByteView log, ByteView area, ByteView certificate, ByteView authority, ByteView root) {
  std::string out = R"({"tpm_evidence": 1, "quotes": [{"message": ")" + to_base64(message) +
                    R"(", "signature": ")" + to_base64(signature) + "\"";
  if (spec.send_pcrs) {
    out += R"(, "pcrs": {)";
    for (const auto& [bank, values] : pcrs) {
      out += fmt::format("{}\"{}\": {{", out.back() == '{' ? "" : ", ", tpm::find_hash(bank)->name);
      for (const auto& [index, value] : values)
        out += fmt::format("{}\"{}\": \"{}\"", out.back() == '{' ? "" : ", ", index, to_hex(value));
      out += "}";
    }
    out += "}";
  }
  out += "}]";
  if (spec.send_log) out += R"(, "event_log": ")" + to_base64(log) + "\"";
  if (spec.send_public) out += R"(, "ak_public": ")" + to_base64(area) + "\"";
  if (spec.send_certificate)
    out += R"(, "ak_certificate": ")" + to_base64(certificate) + R"(", "certificates": [")" +
           to_base64(root) + R"(", ")" + to_base64(authority) + "\"]";
  return out + "}";
}

Bytes field(uint32_t number, ByteView content) {
  ByteWriter out;
  const auto varint = [&](uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.big(static_cast<uint8_t>(value | 0x80));
    out.big(static_cast<uint8_t>(value));
  };
  varint(uint64_t{number} << 3 | 2);
  varint(content.size());
  return out.bytes(content).take();
}
Bytes number_field(uint32_t number, uint8_t value) {
  return {static_cast<uint8_t>(number << 3), value};
}

Bytes protobuf_of(const TpmSpec& spec, ByteView message, ByteView signature, const PcrBanks& pcrs,
                  ByteView log, ByteView area, ByteView certificate, ByteView authority, ByteView root) {
  Bytes quote = concat({field(1, message), field(2, signature)});
  for (const auto& [bank, values] : pcrs) {
    Bytes list = number_field(1, static_cast<uint8_t>(bank));
    for (const auto& [index, value] : values)
      list =
          concat({list, field(2, concat({number_field(1, static_cast<uint8_t>(index)), field(2, value)}))});
    quote = concat({quote, field(3, list)});
  }
  Bytes out = concat({field(1, area), field(2, quote), field(3, log)});
  if (spec.send_certificate) out = concat({out, field(6, certificate), field(7, authority), field(7, root)});
  return out;
}

}  // namespace

Bytes utf16(std::string_view text) {
  ByteWriter out;
  for (const char c : text) out.little(static_cast<uint16_t>(c));
  return out.take();
}

Bytes uefi_variable(std::string_view name, ByteView value) {
  return ByteWriter()
      .zeros(16)
      .little(uint64_t{name.size()})
      .little(uint64_t{value.size()})
      .bytes(utf16(name))
      .bytes(value)
      .take();
}

Bytes signature_list(bool x509, ByteView entry) {
  const Bytes kind =
      from_hex(x509 ? "a159c0a5e494a74a87b5ab155c2bf072" : "2616c4c14c509240aca941f936934328").value();
  return ByteWriter()
      .bytes(kind)
      .little(static_cast<uint32_t>(28 + 16 + entry.size()))
      .little(uint32_t{0})
      .little(static_cast<uint32_t>(16 + entry.size()))
      .zeros(16)
      .bytes(entry)
      .take();
}

std::vector<LoggedEvent> good_events() {
  std::vector<LoggedEvent> events;
  events.push_back({0, 0x8, utf16("version"), std::nullopt});
  const auto variable = [&](std::string_view name, ByteView value) {
    events.push_back({7, tpm::kEventVariableDriverConfig, uefi_variable(name, value), std::nullopt});
  };
  variable("SecureBoot", Bytes{1});
  variable("PK", signature_list(true, Bytes(40, 1)));
  variable("KEK", signature_list(true, Bytes(41, 2)));
  variable("db", signature_list(true, Bytes(42, 3)));
  variable("dbx", concat({signature_list(false, Bytes(32, 4)), signature_list(false, Bytes(32, 5))}));
  for (uint32_t pcr = 0; pcr < 8; ++pcr)
    events.push_back({pcr, tpm::kEventSeparator, Bytes(4), std::nullopt});
  events.push_back({7, tpm::kEventVariableAuthority, uefi_variable("db", concat({Bytes(16), Bytes(42, 3)})),
                    std::nullopt});
  events.push_back({4, 0x80000003, Bytes(60, 9), Bytes(30, 7)});
  return events;
}

namespace {

Bytes log_of(const std::vector<LoggedEvent>& events, const std::vector<uint16_t>& banks,
             uint32_t first_index) {
  ByteWriter spec;
  spec.bytes(as_bytes("Spec ID Event03"))
      .zeros(1)
      .zeros(4)
      .big(uint8_t{0})
      .big(uint8_t{2})
      .big(uint8_t{0})
      .big(uint8_t{2});
  spec.little(static_cast<uint32_t>(banks.size()));
  for (const uint16_t bank : banks) spec.little(bank).little(static_cast<uint16_t>(size_of(bank)));
  spec.big(uint8_t{0});
  const Bytes header = spec.take();
  ByteWriter out;
  out.little(first_index)
      .little(uint32_t{3})
      .zeros(20)
      .little(static_cast<uint32_t>(header.size()))
      .bytes(header);
  for (const LoggedEvent& event : events) {
    out.little(event.index).little(event.type).little(static_cast<uint32_t>(banks.size()));
    for (const uint16_t bank : banks) out.little(bank).bytes(hash(bank, event.measured.value_or(event.data)));
    out.little(static_cast<uint32_t>(event.data.size())).bytes(event.data);
  }
  return out.take();
}

}  // namespace

Bytes event_log_of(const std::vector<LoggedEvent>& events, const std::vector<uint16_t>& banks) {
  return log_of(events, banks, 0);
}
Bytes runtime_log_of(const std::vector<LoggedEvent>& events) {
  return log_of(events, {tpm::kAlgSha384}, 1);
}

PcrBanks pcrs_of(const std::vector<LoggedEvent>& events, const std::vector<uint16_t>& banks, bool all_pcrs) {
  PcrBanks out;
  for (const uint16_t bank : banks) {
    if (all_pcrs)
      for (unsigned pcr = 0; pcr < 24; ++pcr) out[bank][pcr] = Bytes(size_of(bank));
    for (const LoggedEvent& event : events) {
      if (event.type == tpm::kEventNoAction) continue;
      Bytes& value = out[bank].try_emplace(event.index, size_of(bank)).first->second;
      value = hash(bank, concat({value, hash(bank, event.measured.value_or(event.data))}));
    }
  }
  return out;
}

TpmSpec good_tpm() {
  TpmSpec spec;
  spec.now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  spec.events = good_events();
  const auto authority = [&](const char* name, int path_length, uint64_t serial) {
    return CertificateSpec{name, spec.now - hours(500), spec.now + hours(500),          serial,
                           true, path_length,           "critical,keyCertSign,cRLSign", {},
                           false};
  };
  spec.root = authority("TPM root", 1, 1);
  spec.authority = authority("TPM authority", 0, 2);
  spec.key.common_name = "attestation key";
  spec.key.from = spec.now - hours(10);
  spec.key.until = spec.now + hours(10);
  spec.key.serial = 3;
  return spec;
}

std::unique_ptr<TpmCase> build(const TpmSpec& spec) {
  auto out = std::make_unique<TpmCase>();
  const Key& key = keys().attestation.at(spec.key_kind);
  const Key& stranger = keys().stranger.at(spec.key_kind);
  const Identity root = issue(spec.root, keys().root, nullptr);
  const Identity authority = issue(spec.authority, keys().authority, &root);
  const Identity other{keys().other, {}, authority.name};
  const Identity certificate = issue(spec.key, spec.certificate_of_other_key ? stranger : key,
                                     spec.certificate_by_other ? &other : &authority);

  const auto apply = [](const auto& change, auto& value) {
    if (change) change(value);
  };
  PcrBanks quoted = pcrs_of(spec.events, spec.banks, true);
  PcrBanks sent = quoted;
  apply(spec.change_pcrs_quoted, quoted);
  apply(spec.change_pcrs_sent, sent);
  Bytes message = message_of(spec, quoted);
  apply(spec.change_message_before_signing, message);
  Bytes signature = signature_of(spec.sign_with_other_key ? stranger : key, message);
  apply(spec.change_message, message);
  apply(spec.change_signature, signature);
  Bytes log = event_log_of(spec.events, spec.banks);
  apply(spec.change_log, log);
  Bytes area = public_area(key, spec.attributes);
  apply(spec.change_public, area);

  const auto add = [&](ByteView content, const char* name) { (void)out->collateral.add(content, name); };
  if (spec.bare) {
    out->evidence = message;
    if (spec.send_signature) add(signature, "signature");
    if (spec.send_log) add(log, "log");
    if (spec.send_certificate) {
      add(certificate.der, "certificate");
      add(authority.der, "authority");
      add(root.der, "root");
    }
  } else if (spec.as_protobuf) {
    out->evidence =
        protobuf_of(spec, message, signature, sent, log, area, certificate.der, authority.der, root.der);
  } else {
    std::string json =
        json_of(spec, message, signature, sent, log, area, certificate.der, authority.der, root.der);
    apply(spec.change_json, json);
    out->evidence = to_bytes(as_bytes(json));
  }
  if (spec.raw_evidence) out->evidence = *spec.raw_evidence;
  if (spec.give_key) add(key.spki(), "key");
  if (spec.give_other_key) add(stranger.spki(), "other");
  if (spec.give_public_area) add(area, "area");
  if (!spec.authority_revokes.empty())
    add(revoke(authority, spec.now - hours(1), spec.now + hours(1), spec.authority_revokes), "list");
  out->options.time = spec.now;
  out->options.collateral = &out->collateral;
  out->options.nonce = spec.nonce;
  if (spec.trust_root) out->options.extra_roots.push_back({"tpm", keys().root.fingerprint()});
  return out;
}

}  // namespace strongroom::attest::testing
