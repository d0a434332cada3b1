#include "quote/issue_pki.h"

#include <fmt/format.h>

#include "arch/report.h"
#include "attest/intel/emulated.h"
#include "attest/testing/intel_parts.h"
#include "base/encoding.h"
#include "core/platform.h"
#include "crypto/chain.h"
#include "quote/quoting_enclave.h"

namespace strongroom::sgx {
namespace {

using namespace attest::intel;
using namespace attest::testing;
using std::chrono::days;

constexpr char kReadMe[] =
    "The PKI of Strongroom's SGX emulator, for tests. It proves nothing about hardware.\n"
    "\n"
    "strongroom verify EVIDENCE --root root.pem --collateral collateral --nonce HEX\n";

struct Period {
  Time from, until;
};
Period validity() {
  const Time now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return {now - days(1), now + days(20 * 365)};
}

CertificateSpec named(std::string_view name, const Period& period, uint64_t serial) {
  CertificateSpec spec;
  spec.common_name = name;
  spec.from = period.from;
  spec.until = period.until;
  spec.serial = serial;
  spec.key_usage = "critical,digitalSignature,nonRepudiation";
  return spec;
}

CertificateSpec authority(std::string_view name, int path_length, const Period& period, uint64_t serial) {
  CertificateSpec spec = named(name, period, serial);
  spec.authority = true;
  spec.path_length = path_length;
  spec.key_usage = "critical,keyCertSign,cRLSign";
  return spec;
}

// The emulated platform as its PCK certificate describes it.
PckPlatform platform() {
  const auto svns = emulated_platform().cpu_svn;
  return {.components = std::vector<unsigned>(svns.begin(), svns.end()),
          .pce_svn = kEmulatedPceSvn,
          .fmspc = to_bytes(as_bytes("EMUSGX")),
          .pce_id = {0, 0}};
}

std::string tcb_info(const Period& period) {
  return fmt::format(
      R"({{"id":"SGX","version":3,"issueDate":"{}","nextUpdate":"{}","fmspc":"{}","pceId":"{}","tcbType":0,"tcbEvaluationDataNumber":1,"tcbLevels":[{}]}})",
      crypto::time_text(period.from), crypto::time_text(period.until), to_hex(platform().fmspc),
      to_hex(platform().pce_id), tcb_level(1, 0, kEmulatedPceSvn, "UpToDate", "", false));
}

std::string qe_identity(const Period& period) {
  const arch::EnclaveIdentity enclave = quoting_enclave();
  return fmt::format(
      R"({{"id":"QE","version":2,"issueDate":"{}","nextUpdate":"{}","tcbEvaluationDataNumber":1,"miscselect":"00000000","miscselectMask":"FFFFFFFF","attributes":"{}","attributesMask":"FFFFFFFFFFFFFFFF0000000000000000","mrsigner":"{}","isvprodid":{},"tcbLevels":[{}]}})",
      crypto::time_text(period.from), crypto::time_text(period.until),
      to_hex(ByteWriter().little(enclave.attributes.flags).zeros(8).take()), to_hex(enclave.mrsigner),
      enclave.isv_prod_id, isv_level(enclave.isv_svn, "UpToDate", ""));
}

// The quoting enclave's own report, about nobody yet.
Bytes report_of_quoting_enclave() {
  const auto report = arch::ereport(emulated_platform(), quoting_enclave(), {}, {});
  return to_bytes(object_bytes(report->body));
}

}  // namespace

Result<IssuedPki> issue_pki() {
  const Period period = validity();
  const auto key = [] { return Key::make(Key::Kind::kP256); };
  const Identity root = issue(authority(kEmulatedRootCa, 1, period, 1), key(), nullptr);
  const Identity issuer = issue(authority(kEmulatedPlatformCa, 0, period, 2), key(), &root);
  CertificateSpec pck_spec = named(kEmulatedPck, period, 3);
  pck_spec.extensions.push_back({std::string(kSgxExtensionOid), sgx_extensions(platform()), false});
  const Identity pck = issue(pck_spec, key(), &issuer);
  const Identity signer = issue(named(kEmulatedTcbSigner, period, 4), key(), &root);

  const auto attestation = TRY(crypto::SigningKey::generate(crypto::KeyType::kP256));
  const Bytes authentication(32, 0);
  const Bytes qe_report =
      vouching_for(report_of_quoting_enclave(), attestation.public_key().point(), authentication);
  constexpr uint16_t kPckChain = 5;
  const std::string chain = pem(pck.der) + pem(issuer.der) + pem(root.der);
  const Bytes certification =
      qe_certification(qe_report, pck.key.sign(qe_report), authentication, kPckChain, as_bytes(chain));

  const auto text = [](std::string_view content) { return to_bytes(as_bytes(content)); };
  IssuedPki out{.attestation_key_pem = TRY(attestation.pem()), .public_files = {}};
  out.public_files = {
      {"README", text(kReadMe)},
      {"root.pem", text(pem(root.der))},
      {"certification.bin", certification},
      {"collateral/tcb-signing.pem", text(pem(signer.der))},
      {"collateral/tcb-info.json", text(signed_document("tcbInfo", tcb_info(period), signer.key))},
      {"collateral/qe-identity.json",
       text(signed_document("enclaveIdentity", qe_identity(period), signer.key))},
      {"collateral/root.crl", revoke(root, period.from, period.until, {})},
      {"collateral/platform.crl", revoke(issuer, period.from, period.until, {})}};
  return out;
}

}  // namespace strongroom::sgx
