#include "attest/testing/nvidia_world.h"

#include <fmt/format.h>

#include "attest/testing/rim_signer.h"
#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::hours;

struct Keys {
  Key root = Key::make(Key::Kind::kP384), authority = Key::make(Key::Kind::kP384),
      leaf = Key::make(Key::Kind::kP384), other = Key::make(Key::Kind::kP384),
      rim_root = Key::make(Key::Kind::kP384), rim = Key::make(Key::Kind::kP384);
};
const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

CertificateSpec authority(Time now, const char* name, int path_length, uint64_t serial) {
  return {
      name, now - hours(500), now + hours(500), serial, true, path_length, "critical,keyCertSign,cRLSign", {},
      false};
}

CertificateSpec leaf(Time now, const char* name, uint64_t serial) {
  CertificateSpec spec;
  spec.common_name = name;
  spec.from = now - hours(10);
  spec.until = now + hours(10);
  spec.serial = serial;
  return spec;
}

Bytes opaque_field(uint16_t type, ByteView value) {
  return ByteWriter().little(type).little(static_cast<uint16_t>(value.size())).bytes(value).take();
}

Bytes text_field(uint16_t type, std::string_view text) {
  return opaque_field(type, concat({to_bytes(as_bytes(text)), Bytes(1)}));
}

Bytes report_of(const NvidiaSpec& spec) {
  const auto apply = [](const auto& change, Bytes& value) {
    if (change) change(value);
  };
  Bytes request = concat({Bytes{0x11, 0xe0, 0x01, 0xff}, spec.nonce, Bytes(1)});
  apply(spec.change_request_before_signing, request);
  Bytes record;
  for (const auto& [index, value] : spec.measurements)
    record = concat({record, ByteWriter()
                                 .big(static_cast<uint8_t>(index))
                                 .big(uint8_t{1})
                                 .little(static_cast<uint16_t>(value.size() + 3))
                                 .big(uint8_t{1})
                                 .little(static_cast<uint16_t>(value.size()))
                                 .bytes(value)
                                 .take()});
  apply(spec.change_record, record);
  Bytes opaque = opaque_field(6, spec.vbios_version);
  if (!spec.driver_version.empty()) opaque = concat({opaque, text_field(3, spec.driver_version)});
  if (spec.firmware_id) opaque = concat({opaque, opaque_field(20, *spec.firmware_id)});
  if (spec.decoder_status) opaque = concat({opaque, opaque_field(9, Bytes{*spec.decoder_status})});
  apply(spec.change_opaque, opaque);
  Bytes message = ByteWriter()
                      .bytes(request)
                      .bytes(Bytes{0x11, 0x60, 0, 0})
                      .big(static_cast<uint8_t>(spec.measurements.size()))
                      .little(static_cast<uint16_t>(record.size()))
                      .big(static_cast<uint8_t>(record.size() >> 16))
                      .bytes(record)
                      .bytes(Bytes(32, 0x55))
                      .little(static_cast<uint16_t>(opaque.size()))
                      .bytes(opaque)
                      .take();
  apply(spec.change_before_signing, message);
  Bytes report = concat({message, (spec.sign_with_other_key ? keys().other : keys().leaf).sign(message)});
  apply(spec.change_report, report);
  return report;
}

}  // namespace

std::string manifest(const RimSpec& spec, Time now) {
  const Identity root = issue(authority(now, "RIM root", 1, 1), keys().rim_root, nullptr);
  const Identity other{keys().other, {}, root.name};
  const Identity signer = issue(spec.signer, keys().rim, spec.signer_by_other ? &other : &root);
  std::string resources;
  for (const auto& [index, values] : spec.measurements) {
    resources += fmt::format(R"(<Resource type="Measurement" index="{}" active="True" alternatives="{}")",
                             index, values.size());
    for (size_t i = 0; i < values.size(); ++i)
      resources += fmt::format(R"( h:Hash{}="{}")", i, to_hex(values[i]));
    resources += "/>";
  }
  const std::string transforms =
      spec.transforms.empty()
          ? R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
            R"(<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>)"
          : spec.transforms;
  const std::string xml = fmt::format(
      R"({}<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:h="http://www.w3.org/2001/04/xmlenc#sha384" name="x">)"
      R"(<Meta colloquialVersion="{}" product="P" edition="GPU"/><Payload>{}</Payload>{})"
      R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>)"
      R"(<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>)"
      R"(<ds:SignatureMethod Algorithm="{}"/><ds:Reference{}><ds:Transforms>{}</ds:Transforms>)"
      R"(<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#sha384"/><ds:DigestValue/></ds:Reference>)"
      R"(</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>)"
      R"(<ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature></SoftwareIdentity>)",
      spec.prolog, spec.version, resources, spec.before_signature, spec.method,
      spec.reference_uri ? fmt::format(" URI=\"{}\"", *spec.reference_uri) : "", transforms,
      to_base64(signer.der), to_base64(root.der));
  std::string out = sign_xml(xml, spec.sign_with_other_key ? keys().other : keys().rim);
  if (spec.change_after_signing) spec.change_after_signing(out);
  return out;
}

NvidiaSpec good_nvidia() {
  NvidiaSpec spec;
  spec.now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  for (unsigned i = 1; i <= 40; ++i) spec.measurements[i] = Bytes(48, static_cast<uint8_t>(i));
  spec.root = authority(spec.now, "device root", 2, 1);
  spec.authority = authority(spec.now, "GH100 BROM", 0, 2);
  spec.leaf = leaf(spec.now, "GH100 FMC", 3);
  spec.driver.signer = spec.vbios.signer = leaf(spec.now, "RIM signer", 2);
  spec.driver.version = "550.1";
  spec.vbios.version = "96.00.5E.00.01";
  spec.driver.measurements = {{0, {Bytes(48, 1)}}, {1, {Bytes(48, 99), Bytes(48, 2)}}, {35, {Bytes(48, 36)}}};
  spec.vbios.measurements = {{9, {Bytes(48, 10)}}, {10, {Bytes(48, 11)}}};
  return spec;
}

std::unique_ptr<NvidiaCase> build(const NvidiaSpec& spec) {
  auto out = std::make_unique<NvidiaCase>();
  const Identity root = issue(spec.root, keys().root, nullptr);
  const Identity authority = issue(spec.authority, keys().authority, &root);
  const Identity other{keys().other, {}, authority.name};
  CertificateSpec leaf_spec = spec.leaf;
  if (spec.certified_firmware_id)
    leaf_spec.extensions.push_back(
        {"2.23.133.5.4.1",
         der(0x30, concat({der_oid("2.16.840.1.101.3.4.2.2"), der(0x04, *spec.certified_firmware_id)}))});
  const Identity leaf = issue(leaf_spec, keys().leaf, spec.leaf_by_other ? &other : &authority);
  const Bytes report = report_of(spec);
  std::string chain;
  for (const std::string& name : spec.chain)
    chain += pem(name == "leaf" ? leaf.der : name == "authority" ? authority.der : root.der);
  if (spec.as_json) {
    const std::string device =
        fmt::format(R"({{"arch": "HOPPER", "certificate": "{}", "evidence": "{}", "nonce": "{}"}})",
                    to_base64(as_bytes(chain)), to_base64(report), to_hex(spec.nonce));
    std::string json = "[" + device;
    for (unsigned i = 1; i < spec.devices; ++i) json += ", " + device;
    json += "]";
    if (spec.change_json) spec.change_json(json);
    out->evidence = to_bytes(as_bytes(json));
  } else {
    out->evidence = report;
    if (spec.send_certificates) (void)out->collateral.add(as_bytes(chain), "chain");
  }
  if (spec.send_driver) (void)out->collateral.add(as_bytes(manifest(spec.driver, spec.now)), "driver");
  if (spec.send_vbios) (void)out->collateral.add(as_bytes(manifest(spec.vbios, spec.now)), "vbios");
  if (!spec.authority_revokes.empty() || !spec.root_revokes.empty()) {
    const auto list = [&](const Identity& issuer, const std::vector<uint64_t>& serials) {
      (void)out->collateral.add(revoke(issuer, spec.now - hours(1), spec.now + hours(1), serials), "list");
    };
    list(authority, spec.authority_revokes);
    list(root, spec.root_revokes);
  }
  out->options.time = spec.now;
  out->options.collateral = &out->collateral;
  out->options.nonce = spec.nonce_wanted;
  if (spec.trust_roots) {
    out->options.extra_roots.push_back({"device", keys().root.fingerprint()});
    out->options.extra_roots.push_back({"rim", keys().rim_root.fingerprint()});
  }
  return out;
}

}  // namespace strongroom::attest::testing
