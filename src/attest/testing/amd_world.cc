#include "attest/testing/amd_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::days;

struct Keys {
  Key ark = Key::make(Key::Kind::kRsa2048), ask = Key::make(Key::Kind::kRsa2048),
      chip = Key::make(Key::Kind::kP384);
  Key chip256 = Key::make(Key::Kind::kP256), other = Key::make(Key::Kind::kP384),
      other_rsa = Key::make(Key::Kind::kRsa2048);
};
const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

void add_extensions(const AmdSpec& spec, CertificateSpec& out) {
  const auto add = [&](const std::string& arc, Bytes value) {
    if (std::find(spec.leave_out.begin(), spec.leave_out.end(), arc) == spec.leave_out.end())
      out.extensions.push_back({"1.3.6.1.4.1.3704.1." + arc, std::move(value), false});
  };
  const auto text = [](const std::string& value) { return der(0x16, as_bytes(value)); };
  add("1", der_integer(1));
  add("2", text(spec.product_name));
  add("3.1", der_integer(spec.bootloader));
  add("3.2", der_integer(spec.tee));
  add("3.3", der_integer(spec.snp));
  add("3.8", der_integer(spec.microcode));
  if (spec.fmc) add("3.9", der_integer(*spec.fmc));
  if (!spec.vlek || spec.hardware_id_in_vlek) add("4", spec.hardware_id);
  if (spec.vlek) add("5", text(spec.csp_id));
}

// In memory order, as the table's GUIDs stand there.
Bytes guid(const std::string& name) {
  if (name == "key") return *from_hex("8d75da6364e66445adc5f4b93be8accd");
  if (name == "vlek") return *from_hex("c24b07a85aa23e48aae639c045a0b8a1");
  if (name == "ask") return *from_hex("79b3b74aacbbe44fa02f05aef327c782");
  return *from_hex("a406b4c003a8524997433fb6014cd0ae");
}

Bytes certificate_table(const std::vector<std::pair<std::string, Bytes>>& entries) {
  ByteWriter head, body;
  const size_t first = 24 * (entries.size() + 1);
  for (const auto& [name, content] : entries) {
    head.bytes(guid(name))
        .little(static_cast<uint32_t>(first + body.size()))
        .little(static_cast<uint32_t>(content.size()));
    body.bytes(content);
  }
  head.zeros(24);
  return concat({head.take(), body.take()});
}

}  // namespace

AmdSpec good_amd(uint32_t version, const std::string& product, bool vlek) {
  AmdSpec spec;
  spec.now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  spec.product = spec.product_name = product;
  spec.vlek = vlek;
  const auto certificate = [&](const std::string& name, bool authority, uint64_t serial) {
    CertificateSpec out{name,
                        spec.now - days(500),
                        spec.now + days(500),
                        serial,
                        authority,
                        std::nullopt,
                        authority ? "critical,keyCertSign,cRLSign" : "",
                        {},
                        true};
    return out;
  };
  spec.ark = certificate("ARK-" + product, true, 1);
  spec.ask = certificate((vlek ? "SEV-VLEK-" : "SEV-") + product, true, 2);
  spec.key = certificate(vlek ? "SEV-VLEK" : "SEV-VCEK", false, 3);
  const bool turin = product == "Turin";
  if (turin) {
    spec.hardware_id = Bytes(8, 0x1d);
    spec.fmc = 1;
  }
  ByteWriter out;
  out.little(version)
      .little(uint32_t{2})
      .little(uint64_t{0x30000})
      .zeros(32)
      .little(uint32_t{0})
      .little(uint32_t{1});
  const Bytes tcb = turin ? Bytes{1, 3, 0, 8, 0, 0, 0, 115} : Bytes{3, 0, 0, 0, 0, 0, 8, 115};
  out.bytes(tcb).little(uint64_t{0x25}).little(static_cast<uint32_t>(vlek ? 4 : 0)).zeros(4);
  out.bytes(Bytes(32, 0x77)).zeros(32);  // REPORT_DATA
  out.bytes(Bytes(48, 0x5a))
      .bytes(Bytes(32, 0x40))
      .zeros(96)
      .bytes(Bytes(32, 0x11))
      .zeros(32);  // up to REPORT_ID_MA
  out.bytes(tcb);
  if (version >= 3) {
    out.bytes(turin                ? Bytes{0x1a, 0x02, 0x01}
              : product == "Genoa" ? Bytes{0x19, 0x11, 0x01}
                                   : Bytes{0x19, 0x01, 0x01})
        .zeros(21);
  } else {
    out.zeros(24);
  }
  Bytes chip = spec.hardware_id;
  chip.resize(64);
  out.bytes(chip).bytes(tcb).bytes(Bytes{1, 55, 1, 0, 1, 55, 1, 0}).bytes(tcb);
  spec.report = out.take();
  spec.report.resize(0x4a0);
  return spec;
}

std::unique_ptr<AmdCase> build(const AmdSpec& spec) {
  auto out = std::make_unique<AmdCase>();
  CertificateSpec ark_spec = spec.ark, ask_spec = spec.ask, key_spec = spec.key;
  ark_spec.pss = ask_spec.pss = key_spec.pss = spec.pss;
  const Identity ark = issue(ark_spec, keys().ark, nullptr);
  Identity issuer = ark;
  if (spec.ask_signed_by_other) issuer.key = keys().other_rsa;
  const Identity ask = issue(ask_spec, keys().ask, &issuer);
  add_extensions(spec, key_spec);
  issuer = spec.key_signed_by_root ? ark : ask;
  if (spec.key_signed_by_other) issuer.key = keys().other_rsa;
  const Key& chip = spec.key_kind == Key::Kind::kP384 ? keys().chip : keys().chip256;
  const Identity key = issue(key_spec, chip, &issuer);

  out->evidence = spec.report;
  const Bytes signature =
      (spec.sign_with_other_key ? keys().other : keys().chip).sign(ByteView(spec.report).first(0x2a0));
  std::reverse_copy(signature.begin(), signature.begin() + 48, out->evidence.begin() + 0x2a0);
  std::reverse_copy(signature.begin() + 48, signature.end(), out->evidence.begin() + 0x2a0 + 72);
  if (spec.change_report) spec.change_report(out->evidence);
  const auto content = [&](const std::string& name) {
    return name == "key" ? key.der : name == "ask" ? ask.der : ark.der;
  };
  if (!spec.table.empty()) {
    std::vector<std::pair<std::string, Bytes>> entries;
    for (const std::string& name : spec.table)
      entries.emplace_back(name == "key" && spec.vlek ? "vlek" : name, content(name));
    Bytes table = certificate_table(entries);
    if (spec.change_table) spec.change_table(table);
    out->evidence = concat({out->evidence, table});
  }
  for (const std::string& name : spec.collateral) {
    const Bytes bytes =
        name == "ask_crl"   ? revoke(ask, spec.now - days(1), spec.now + days(1), spec.ask_revokes, spec.pss)
        : name == "ark_crl" ? revoke(ark, spec.now - days(1), spec.now + days(1), spec.ark_revokes, spec.pss)
                            : content(name);
    out->files.emplace_back(name, bytes);
    if (const auto added = out->collateral.add(bytes, name); !added)
      fmt::print(stderr, "{}\n", added.error().message);
  }
  out->options.time = spec.now;
  out->options.nonce = spec.nonce;
  out->options.collateral = &out->collateral;
  if (spec.trust_root) out->options.extra_roots.push_back({"test", keys().ark.fingerprint()});
  return out;
}

std::vector<ReportField> fields_of_snp_report() {
  return {{"guest_svn", 0x04, 4},     {"policy", 0x08, 2},         {"family_id", 0x10, 16},
          {"image_id", 0x20, 16},     {"vmpl", 0x30, 4},           {"current_tcb", 0x38, 8},
          {"platform_info", 0x40, 8}, {"report_data", 0x50, 64},   {"measurement", 0x90, 48},
          {"host_data", 0xc0, 32},    {"id_key_digest", 0xe0, 48}, {"author_key_digest", 0x110, 48},
          {"report_id", 0x140, 32},   {"report_id_ma", 0x160, 32}, {"reported_tcb", 0x180, 8},
          {"chip_id", 0x1a0, 64},     {"committed_tcb", 0x1e0, 8}, {"launch_tcb", 0x1f0, 8}};
}

}  // namespace strongroom::attest::testing
