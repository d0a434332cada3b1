// Statements of confidential containers over an SNP report of a test PKI, each broken in one way, with the
// check that must refuse it.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <functional>

#include "attest/cose.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/cases.h"
#include "base/cbor_writer.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

using crypto::SigningKey;

Bytes sign_pss(const Key& key, ByteView message) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  size_t size = 512;
  Bytes out(size);
  const bool good = EVP_DigestSignInit(context, &options, EVP_sha384(), nullptr, key.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1 &&
                    EVP_DigestSign(context, out.data(), &size, message.data(), message.size()) == 1;
  EVP_MD_CTX_free(context);
  EXPECT_TRUE(good);
  out.resize(size);
  return out;
}

Bytes message(const Bytes& header, const Bytes& payload, const Bytes& signature) {
  return cbor::tag(18, cbor::array({cbor::bytes(header), cbor::Map().encode(), cbor::bytes(payload),
                                    cbor::bytes(signature)}));
}
Bytes to_sign(const Bytes& header, const Bytes& payload) {
  return cbor::array({cbor::text("Signature1"), cbor::bytes(header), cbor::bytes({}), cbor::bytes(payload)});
}

const Key& rsa(int index) {
  static const Key kKeys[] = {Key::make(Key::Kind::kRsa2048), Key::make(Key::Kind::kRsa2048),
                              Key::make(Key::Kind::kRsa2048)};
  return kKeys[index];
}

std::shared_ptr<SigningKey> new_key() {
  return std::make_shared<SigningKey>(SigningKey::generate(crypto::KeyType::kP256).value());
}

struct StatementSpec {
  AmdSpec amd = good_amd(3, "Genoa", false);
  std::shared_ptr<SigningKey> key = new_key(), other = new_key(), signer = key, bound = key;
  std::optional<Bytes> key_id;
  Bytes critical = cbor::array({cbor::text("attestedsvc")});
  // The endorsement.
  Bytes launch = Bytes(48, 0x5a);
  std::string svn = "101", purpose = "1.3.6.1.4.1.311.76.59.1.2";
  int64_t algorithm = -38;
  bool endorsed_by_other = false, root_trusted = true, expired = false;
};

Bytes cose_key(const SigningKey& key) {
  const Bytes spki = key.public_key().spki();
  const ByteView point = ByteView(spki).last(64);
  return cbor::Map()
      .set(1, cbor::number(2))
      .set(-1, cbor::number(1))
      .set(-2, cbor::bytes(point.first(32)))
      .set(-3, cbor::bytes(point.last(32)))
      .encode();
}

Bytes endorsement(const StatementSpec& spec) {
  const auto days = [](int count) { return std::chrono::hours(24 * count); };
  const auto certificate = [&](const char* name, bool authority) {
    CertificateSpec out;
    out.common_name = name;
    out.from = spec.amd.now - days(500);
    out.until = spec.amd.now + days(500);
    out.authority = authority;
    if (authority) out.key_usage = "critical,keyCertSign,cRLSign";
    return out;
  };
  const Identity root = issue(certificate("root", true), rsa(0), nullptr);
  CertificateSpec leaf_spec = certificate("ContainerPlat", false);
  if (spec.expired) leaf_spec.until = spec.amd.now - days(1);
  if (!spec.purpose.empty()) leaf_spec.extensions = {{"2.5.29.37", der(0x30, der_oid(spec.purpose))}};
  const Identity leaf = issue(leaf_spec, rsa(1), &root);
  const Bytes header = cbor::Map()
                           .set(1, cbor::number(spec.algorithm))
                           .set(33, cbor::array({cbor::bytes(leaf.der), cbor::bytes(root.der)}))
                           .set("iss", cbor::text("did:x509:0:sha256:x::eku:" + spec.purpose))
                           .set("feed", cbor::text("ContainerPlat-AMD-UVM"))
                           .encode();
  const std::string text = R"({"x-ms-sevsnpvm-guestsvn":")" + spec.svn +
                           R"(","x-ms-sevsnpvm-launchmeasurement":")" + to_hex(spec.launch) + "\"}";
  const Bytes payload = to_bytes(as_bytes(text));
  return message(header, payload, sign_pss(rsa(spec.endorsed_by_other ? 2 : 1), to_sign(header, payload)));
}

struct Built {
  Bytes statement, endorsement;
  std::unique_ptr<AmdCase> amd;
};

Built build_statement(StatementSpec spec) {
  const auto thumbprint = crypto::sha256(cose_key(*spec.bound));
  std::fill_n(spec.amd.report.begin() + 0x50, 64, uint8_t{0});
  std::copy(thumbprint.begin(), thumbprint.end(), spec.amd.report.begin() + 0x50);
  Built out;
  out.amd = build(spec.amd);
  std::string chain;
  for (const auto& [name, bytes] : out.amd->files) chain += pem(bytes);
  out.endorsement = endorsement(spec);
  const Bytes service = cbor::Map()
                            .set("svc_id", cbor::text("test"))
                            .set("attestation", cbor::bytes(out.amd->evidence))
                            .set("snp_endorsements", cbor::bytes(as_bytes(chain)))
                            .set("uvm_endorsements", cbor::bytes(out.endorsement))
                            .set("cose_key", cose_key(*spec.key))
                            .encode();
  const Bytes key_id = spec.key_id.value_or(to_bytes(crypto::sha256(cose_key(*spec.key))));
  const Bytes header = cbor::Map()
                           .set(1, cbor::number(-7))
                           .set(2, spec.critical)
                           .set(4, cbor::bytes(key_id))
                           .set("attestedsvc", service)
                           .encode();
  const Bytes payload = to_bytes(as_bytes("{}"));
  out.statement = message(header, payload, spec.signer->sign(to_sign(header, payload)).value());
  if (spec.root_trusted) out.amd->options.extra_roots.push_back({"microsoft", rsa(0).fingerprint()});
  return out;
}

TEST(AttestedStatementCases, EachComesToItsVerdictByItsCheck) {
  const Cases<StatementSpec> cases(
      {}, {
              {"good", [](StatementSpec&) {}, {kAccepted}},
              {"signed_by_another_key",
               [](StatementSpec& s) { s.signer = s.other; },
               {kRefused, "statement.signature"}},
              {"report_about_another_key",
               [](StatementSpec& s) { s.bound = s.other; },
               {kRefused, "key.binding"}},
              {"key_id_of_another_key",
               [](StatementSpec& s) { s.key_id = Bytes(32); },
               {kRefused, "statement.key_id"}},
              {"critical_header_that_nobody_knows",
               [](StatementSpec& s) {
                 s.critical = cbor::array({cbor::text("attestedsvc"), cbor::text("more")});
               },
               {kMalformed, "form"}},
              {"critical_headers_of_no_list",
               [](StatementSpec& s) { s.critical = cbor::text("attestedsvc"); },
               {kMalformed, "form"}},
              {"critical_headers_none",
               [](StatementSpec& s) { s.critical = cbor::array({}); },
               {kMalformed, "form"}},
              {"debug", [](StatementSpec& s) { s.amd.report[0x08 + 2] |= 0x08; }, {kRefused, "debug"}},
              {"report_signed_by_another_key",
               [](StatementSpec& s) { s.amd.sign_with_other_key = true; },
               {kRefused, "report.signature"}},
              {"endorsement_of_another_vm",
               [](StatementSpec& s) { s.launch[0] ^= 1; },
               {kRefused, "uvm.measurement"}},
              {"endorsement_signed_by_another_key",
               [](StatementSpec& s) { s.endorsed_by_other = true; },
               {kRefused, "uvm.signature"}},
              {"endorsement_of_another_algorithm",
               [](StatementSpec& s) { s.algorithm = -37; },
               {kRefused, "uvm.signature"}},
              {"endorsement_of_another_root",
               [](StatementSpec& s) { s.root_trusted = false; },
               {kRefused, "uvm.chain"}},
              {"endorser_for_another_purpose",
               [](StatementSpec& s) { s.purpose = "1.3.6.1.5.5.7.3.1"; },
               {kRefused, "uvm.purpose"}},
              {"endorser_expired",
               [](StatementSpec& s) { s.expired = true; },
               {kAccepted, "uvm.validity", Outcome::kWarning}},
              {"endorsement_measurement_too_short",
               [](StatementSpec& s) { s.launch.pop_back(); },
               {kMalformed, "form"}},
              {"endorsement_svn_no_number", [](StatementSpec& s) { s.svn = "-1"; }, {kMalformed, "form"}},
              {"endorsement_svn_huge",
               [](StatementSpec& s) { s.svn = std::string(20, '9'); },
               {kMalformed, "form"}},
          });
  cases.run([](const StatementSpec& spec) {
    const Built built = build_statement(spec);
    return verify(built.statement, built.amd->options);
  });
}

TEST(AttestedStatementCases, AnEndorsementAloneIsNeverAccepted) {
  const StatementSpec spec;
  const Built built = build_statement(spec);
  const VerificationResult result = verify(built.endorsement, built.amd->options);
  EXPECT_TRUE(result.authentic) << report(result);
  EXPECT_EQ(result.verdict, kUndetermined) << report(result);
}

}  // namespace
}  // namespace strongroom::attest::testing
