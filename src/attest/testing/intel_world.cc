#include "attest/testing/intel_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::days;

// Keys take most of the time of a case; all cases share them.
struct Keys {
  Key root = Key::make(Key::Kind::kP256), platform = Key::make(Key::Kind::kP256),
      pck = Key::make(Key::Kind::kP256);
  Key pck384 = Key::make(Key::Kind::kP384), signing = Key::make(Key::Kind::kP256),
      attestation = Key::make(Key::Kind::kP256);
  Key other = Key::make(Key::Kind::kP256);
};
const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

const std::string kMrsigner(64, 'c');
const std::string kSeamSigner(96, '0');

Bytes extension_of(const IntelSpec& spec) {
  Bytes all = sgx_extensions(
      {spec.components, spec.pce_svn, spec.fmspc, spec.pce_id, spec.change_parts, spec.change_tcb_parts});
  if (spec.change_extension) spec.change_extension(all);
  return all;
}

std::string document(std::string_view name, const std::string& body, bool other) {
  return signed_document(name, body, other ? keys().other : keys().signing);
}

std::string tcb_info_body(const IntelSpec& spec) {
  const bool tdx = spec.tdx_documents.value_or(spec.tdx);
  if (!spec.tcb_info.empty()) return spec.tcb_info;
  const std::string module = fmt::format(
      R"("mrsigner":"{}","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF")", kSeamSigner);
  return fmt::format(
      R"({{"id":"{}","version":3,"issueDate":"{}","nextUpdate":"{}","fmspc":"{}","pceId":"{}","tcbType":0,"tcbEvaluationDataNumber":{},{}"tcbLevels":[{}]}})",
      tdx ? "TDX" : "SGX", spec.tcb_from, spec.tcb_until, to_hex(Bytes{0, 0x90, 0x6e, 0xa1, 0, 0}), "0000",
      spec.tcb_evaluation_number,
      tdx ? fmt::format(
                R"("tdxModule":{{{}}},"tdxModuleIdentities":[{{"id":"TDX_01",{},"tcbLevels":[{}]}}],)",
                module, module, spec.module_identities)
          : "",
      spec.tcb_levels);
}

std::string qe_identity_body(const IntelSpec& spec) {
  if (!spec.qe_identity.empty()) return spec.qe_identity;
  return fmt::format(
      R"({{"id":"{}","version":2,"issueDate":"{}","nextUpdate":"{}","tcbEvaluationDataNumber":{},"miscselect":"00000000","miscselectMask":"FFFFFFFF","attributes":"11000000000000000000000000000000","attributesMask":"FBFFFFFFFFFFFFFF0000000000000000","mrsigner":"{}","isvprodid":1,"tcbLevels":[{}]}})",
      spec.tdx_identity.value_or(spec.tdx_documents.value_or(spec.tdx)) ? "TD_QE" : "QE", spec.qe_from,
      spec.qe_until, spec.qe_evaluation_number, kMrsigner, spec.qe_levels);
}

Bytes quote(const IntelSpec& spec, const std::string& chain) {
  const Key& attestation = spec.sign_quote_with_other_key ? keys().other : keys().attestation;
  const Key& pck = spec.pck_kind == Key::Kind::kP384 ? keys().pck384 : keys().pck;
  ByteWriter body;
  body.bytes(encoded({.version = spec.version,
                      .key_type = spec.key_type,
                      .tee_type = spec.tee_type,
                      .qe_vendor_id = spec.qe_vendor_id}));
  if (spec.version >= 5) {
    body.little(static_cast<uint16_t>(!spec.tdx   ? 1
                                      : spec.td15 ? 3
                                                  : 2))
        .little(static_cast<uint32_t>(spec.report.size()));
  }
  const Bytes signed_part = body.bytes(spec.report).take();

  const Bytes point = keys().attestation.point();
  const Bytes qe_report =
      spec.bind_key ? vouching_for(spec.qe_report, point, spec.authentication_data) : spec.qe_report;
  const Bytes qe_signature = (spec.sign_qe_report_with_other_key ? keys().other : pck).sign(qe_report);
  const Bytes certification =
      qe_certification(qe_report, ByteView(qe_signature).first(64), spec.authentication_data,
                       spec.certification_type, as_bytes(chain));
  return signed_quote(spec.version, signed_part, attestation.sign(signed_part), point, certification);
}

}  // namespace

IntelSpec good_intel(uint16_t version, bool tdx, bool td15) {
  IntelSpec spec;
  spec.now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  spec.qe_vendor_id = *from_hex("939a7233f79c4ca9940a0db3957f0607");
  spec.version = version;
  spec.tdx = tdx;
  spec.td15 = td15;
  spec.tee_type = tdx ? 0x81 : 0;
  const auto authority = [&](const char* name, int path_length, uint64_t serial) {
    CertificateSpec out{name, spec.now - days(1000), spec.now + days(1000),          serial,
                        true, path_length,           "critical,keyCertSign,cRLSign", {},
                        false};
    return out;
  };
  spec.root = authority("Intel SGX Root CA", 1, 1);
  spec.platform = authority("Intel SGX PCK Platform CA", 0, 2);
  spec.pck = {"Intel SGX PCK Certificate",
              spec.now - days(100),
              spec.now + days(1000),
              3,
              false,
              std::nullopt,
              "critical,digitalSignature,nonRepudiation",
              {},
              false};
  spec.signing = {"Intel SGX TCB Signing",
                  spec.now - days(100),
                  spec.now + days(1000),
                  4,
                  false,
                  std::nullopt,
                  "critical,digitalSignature,nonRepudiation",
                  {},
                  false};
  if (tdx) {
    spec.report = Bytes(td15 ? 648 : 584, 0);
    for (size_t i = 0; i < 16; ++i) spec.report[i] = 5;
    spec.report[1] = 1;  // TEE_TCB_SVN: module 1, version 5
    if (td15) std::copy_n(spec.report.begin(), 16, spec.report.begin() + 584);  // TEE_TCB_SVN_2
    std::fill_n(spec.report.begin() + 136, 48, uint8_t{0x5a});                  // MRTD
  } else {
    spec.report = Bytes(384, 0);
    spec.report[48] = 0x05;                                     // ATTRIBUTES: INIT, MODE64BIT
    std::fill_n(spec.report.begin() + 64, 32, uint8_t{0xe1});   // MRENCLAVE
    std::fill_n(spec.report.begin() + 128, 32, uint8_t{0x51});  // MRSIGNER
  }
  std::fill_n(spec.report.begin() + (tdx ? 520 : 320), 32, uint8_t{0x77});  // REPORTDATA
  spec.qe_report = Bytes(384, 0);
  spec.qe_report[48] = 0x11;
  std::fill_n(spec.qe_report.begin() + 128, 32, uint8_t{0xcc});
  spec.qe_report[256] = 1;  // ISVPRODID
  spec.qe_report[258] = 8;  // ISVSVN
  spec.tcb_levels = tcb_level(5, 5, 10, "UpToDate", "", tdx) + "," +
                    tcb_level(4, 4, 10, "SWHardeningNeeded", "INTEL-SA-1", tdx) + "," +
                    tcb_level(3, 3, 9, "ConfigurationNeeded", "INTEL-SA-2", tdx) + "," +
                    tcb_level(2, 2, 5, "OutOfDate", "INTEL-SA-3", tdx) + "," +
                    tcb_level(1, 1, 5, "Revoked", "INTEL-SA-4", tdx);
  spec.module_identities = isv_level(5, "UpToDate", "") + "," + isv_level(3, "OutOfDate", "INTEL-SA-5") +
                           "," + isv_level(1, "Revoked", "INTEL-SA-6");
  spec.qe_levels = isv_level(8, "UpToDate", "") + "," + isv_level(6, "OutOfDate", "INTEL-SA-7") + "," +
                   isv_level(2, "Revoked", "INTEL-SA-8");
  spec.tcb_from = spec.qe_from = "2026-02-15T00:00:00Z";
  spec.tcb_until = spec.qe_until = "2026-03-15T00:00:00Z";
  spec.crl_from = spec.now - days(10);
  spec.crl_until = spec.now + days(10);
  return spec;
}

std::unique_ptr<IntelCase> build(const IntelSpec& spec) {
  auto out = std::make_unique<IntelCase>();
  const Identity other{keys().other, {}, spec.root.common_name};
  Identity root = issue(spec.root, keys().root, nullptr);
  if (spec.damage_root) root.der.back() ^= 1;
  Identity issuer = root;
  if (spec.platform_signed_by_other) issuer.key = keys().other;
  const Identity platform = issue(spec.platform, keys().platform, &issuer);
  CertificateSpec pck_spec = spec.pck;
  pck_spec.extensions.push_back({std::string(kSgxExtensionOid), extension_of(spec), false});
  issuer = platform;
  if (spec.pck_signed_by_other) issuer.key = keys().other;
  const Identity pck =
      issue(pck_spec, spec.pck_kind == Key::Kind::kP384 ? keys().pck384 : keys().pck, &issuer);
  issuer = root;
  if (spec.signing_signed_by_other) issuer.key = keys().other;
  const Identity signing = issue(spec.signing, keys().signing, &issuer);

  // Intel has issued its root's and its authority's certificates more than once, each time with the same key.
  const auto again = [](CertificateSpec renewed) {
    renewed.serial += 1000;
    renewed.until += days(1);
    return renewed;
  };
  const Identity root_again = issue(again(spec.root), keys().root, nullptr);
  const Identity platform_again = issue(again(spec.platform), keys().platform, &root);

  std::string chain;
  for (const std::string& name : spec.pem_chain)
    chain += pem(name == "pck"              ? pck.der
                 : name == "platform"       ? platform.der
                 : name == "signing"        ? signing.der
                 : name == "root_again"     ? root_again.der
                 : name == "platform_again" ? platform_again.der
                                            : root.der);
  out->evidence = quote(spec, chain);
  if (spec.change_quote) spec.change_quote(out->evidence);

  Identity platform_lister = platform, root_lister = root;
  if (spec.platform_crl_by_other) platform_lister.key = keys().other;
  if (spec.root_crl_by_other) root_lister.key = keys().other;
  for (const std::string& name : spec.collateral) {
    Bytes content;
    if (name == "tcb_info") {
      std::string body = tcb_info_body(spec);
      if (spec.change_tcb_info) spec.change_tcb_info(body);
      std::string text = document("tcbInfo", body, spec.sign_tcb_with_other_key);
      if (spec.change_tcb_document) spec.change_tcb_document(text);
      content = to_bytes(as_bytes(text));
    }
    if (name == "qe_identity") {
      std::string body = qe_identity_body(spec);
      if (spec.change_qe_identity) spec.change_qe_identity(body);
      content = to_bytes(as_bytes(document("enclaveIdentity", body, spec.sign_qe_with_other_key)));
    }
    if (name == "signing") content = signing.der;
    if (name == "root") content = root.der;
    if (name == "platform") content = platform.der;
    if (name == "pck") content = pck.der;
    if (name == "platform_crl")
      content = revoke(platform_lister, spec.crl_from, spec.crl_until, spec.platform_revokes);
    if (name == "root_crl") content = revoke(root_lister, spec.crl_from, spec.crl_until, spec.root_revokes);
    out->files.emplace_back(name, content);
    if (const auto added = out->collateral.add(content, name); !added)
      fmt::print(stderr, "{}\n", added.error().message);
  }
  // Further documents are bodies with their name: "tcbInfo" or "enclaveIdentity", a colon, the body.
  for (const std::string& more : spec.more_documents) {
    const size_t colon = more.find(':');
    const std::string text = document(more.substr(0, colon), more.substr(colon + 1), false);
    if (const auto added = out->collateral.add(as_bytes(text), "more"); !added)
      fmt::print(stderr, "{}\n", added.error().message);
  }
  out->options.time = spec.now;
  out->options.nonce = spec.nonce;
  out->options.collateral = &out->collateral;
  if (spec.trust_root) out->options.extra_roots.push_back({"test", keys().root.fingerprint()});
  return out;
}

std::vector<ReportField> fields_of_header() {
  return {{"version", 0, 2},  {"key_type", 2, 2},       {"tee_type", 4, 4},   {"qe_svn", 8, 2},
          {"pce_svn", 10, 2}, {"qe_vendor_id", 12, 16}, {"user_data", 28, 20}};
}

std::vector<ReportField> fields_of_enclave_report() {
  return {
      {"cpu_svn", 0, 16},     {"misc_select", 16, 4}, {"reserved1", 20, 12},      {"isv_ext_prod_id", 32, 16},
      {"attributes", 48, 16}, {"mrenclave", 64, 32},  {"reserved2", 96, 32},      {"mrsigner", 128, 32},
      {"reserved3", 160, 32}, {"config_id", 192, 64}, {"isv_prod_id", 256, 2},    {"isv_svn", 258, 2},
      {"config_svn", 260, 2}, {"reserved4", 262, 42}, {"isv_family_id", 304, 16}, {"report_data", 320, 64}};
}

std::vector<ReportField> fields_of_td_report(bool td15) {
  std::vector<ReportField> fields = {
      {"tee_tcb_svn", 0, 16},      {"mrseam", 16, 48},        {"mrsigner_seam", 64, 48},
      {"seam_attributes", 112, 8}, {"td_attributes", 120, 8}, {"xfam", 128, 8},
      {"mrtd", 136, 48},           {"mrconfig_id", 184, 48},  {"mrowner", 232, 48},
      {"mrowner_config", 280, 48}, {"rtmr0", 328, 48},        {"rtmr1", 376, 48},
      {"rtmr2", 424, 48},          {"rtmr3", 472, 48},        {"report_data", 520, 64}};
  if (td15) {
    fields.push_back({"tee_tcb_svn_2", 584, 16});
    fields.push_back({"mrservice_td", 600, 48});
  }
  return fields;
}

}  // namespace strongroom::attest::testing
