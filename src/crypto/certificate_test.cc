#include "crypto/certificate.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/chain.h"
#include "crypto/der.h"
#include "crypto/pem.h"

namespace strongroom::crypto {
namespace {

// Intel SGX Root CA as its certificate service publishes it (public key pinned by every verifier of quotes).
constexpr std::string_view kIntelRoot = R"(-----BEGIN CERTIFICATE-----
MIICjzCCAjSgAwIBAgIUImUM1lqdNInzg7SVUr9QGzknBqwwCgYIKoZIzj0EAwIw
aDEaMBgGA1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENv
cnBvcmF0aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJ
BgNVBAYTAlVTMB4XDTE4MDUyMTEwNDUxMFoXDTQ5MTIzMTIzNTk1OVowaDEaMBgG
A1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENvcnBvcmF0
aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJBgNVBAYT
AlVTMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC6nEwMDIYZOj/iPWsCzaEKi7
1OiOSLRFhWGjbnBVJfVnkY4u3IjkDYYL0MxO4mqsyYjlBalTVYxFP2sJBK5zlKOB
uzCBuDAfBgNVHSMEGDAWgBQiZQzWWp00ifODtJVSv1AbOScGrDBSBgNVHR8ESzBJ
MEegRaBDhkFodHRwczovL2NlcnRpZmljYXRlcy50cnVzdGVkc2VydmljZXMuaW50
ZWwuY29tL0ludGVsU0dYUm9vdENBLmRlcjAdBgNVHQ4EFgQUImUM1lqdNInzg7SV
Ur9QGzknBqwwDgYDVR0PAQH/BAQDAgEGMBIGA1UdEwEB/wQIMAYBAf8CAQEwCgYI
KoZIzj0EAwIDSQAwRgIhAOW/5QkR+S9CiSDcNoowLuPRLsWGf/Yi7GSX94BgwTwg
AiEA4J0lrHoMs+Xo5o/sX6O9QWxHRAvZUGOdRQ7cvqRXaqI=
-----END CERTIFICATE-----
)";

Certificate intel_root() {
  return certificates_from_pem(as_bytes(kIntelRoot)).value().front();
}

TEST(Certificate, FieldsOfARealRoot) {
  const Certificate root = intel_root();
  EXPECT_EQ(root.common_name(), "Intel SGX Root CA");
  EXPECT_TRUE(root.is_authority());
  EXPECT_TRUE(root.self_issued());
  EXPECT_TRUE(root.is_signed_by(root));
  EXPECT_TRUE(root.may_sign_certificates());
  EXPECT_TRUE(root.may_sign_revocation_lists());
  EXPECT_FALSE(root.may_sign_data());
  EXPECT_EQ(root.path_length(), 1U);
  EXPECT_EQ(root.key().type(), KeyType::kP256);
  EXPECT_EQ(to_hex(root.key_fingerprint()),
            "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e");
  EXPECT_EQ(time_text(root.validity().from), "2018-05-21T10:45:10Z");
  EXPECT_EQ(time_text(root.validity().until), "2049-12-31T23:59:59Z");
  EXPECT_FALSE(root.extension("1.2.840.113741.1.13.1").has_value());
  EXPECT_TRUE(root.extension("2.5.29.19").has_value());
}

TEST(Certificate, EveryTruncationAndAnAppendedByteAreRefused) {
  const Bytes der = to_bytes(intel_root().der());
  for (size_t length = 0; length < der.size(); ++length)
    EXPECT_FALSE(Certificate::from_der(ByteView(der).first(length))) << length;
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(Certificate::from_der(longer));
}

TEST(Certificate, EveryFlippedBitIsRefusedOrBreaksTheSignature) {
  const Certificate root = intel_root();
  for (size_t i = 0; i < root.der().size(); ++i) {
    Bytes der = to_bytes(root.der());
    der[i] ^= 1;
    const auto changed = Certificate::from_der(der);
    EXPECT_FALSE(changed && changed->is_signed_by(root)) << "byte " << i;
  }
}

TEST(Pem, StrictTextRefusesWhatStandsBetweenBlocks) {
  const std::string text = "note\n" + std::string(kIntelRoot);
  EXPECT_FALSE(certificates_from_pem(as_bytes(text)));
  EXPECT_EQ(read_pem(as_bytes(text), false).value().size(), 1U);
  const std::string padded = std::string(kIntelRoot) + std::string(3, '\0');
  EXPECT_EQ(certificates_from_pem(as_bytes(padded)).value().size(), 1U);
}

TEST(Pem, BrokenBlocksAndTooManyAreRefused) {
  EXPECT_FALSE(read_pem(as_bytes("-----BEGIN CERTIFICATE-----\nMIIC"), false));
  EXPECT_FALSE(read_pem(as_bytes("-----BEGIN A-----\n!!!\n-----END A-----"), false));
  EXPECT_FALSE(certificates_from_pem(as_bytes("-----BEGIN X-----\n-----END X-----")));
  EXPECT_FALSE(certificates_from_pem({}));
  EXPECT_FALSE(certificates_from_pem(as_bytes(std::string(kIntelRoot) + std::string(kIntelRoot)), 1));
}

TEST(Der, LengthsAreMinimalAndBounded) {
  const auto read = [](Bytes bytes) { return DerReader(bytes).next("x").has_value(); };
  EXPECT_TRUE(read({0x04, 0x00}));
  EXPECT_FALSE(read({0x04}));
  EXPECT_FALSE(read({0x04, 0x01}));
  EXPECT_FALSE(read({0x04, 0x80, 0x00, 0x00}));  // indefinite
  EXPECT_FALSE(read({0x04, 0x81, 0x01, 0xaa}));  // not minimal
  EXPECT_FALSE(read({0x04, 0x82, 0x00, 0x80}));  // not minimal
  EXPECT_FALSE(read({0x04, 0x84, 0xff, 0xff, 0xff, 0xff}));
  EXPECT_FALSE(read({0x04, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00}));
  EXPECT_FALSE(read({0x1f, 0x01, 0x00}));  // multi-byte tag
}

TEST(Der, IntegersAreCanonical) {
  const auto value = [](Bytes bytes) { return der_unsigned(bytes, "x"); };
  EXPECT_EQ(value({0x00}).value(), 0U);
  EXPECT_EQ(value({0x00, 0xff}).value(), 255U);
  EXPECT_EQ(value({0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}).value(), UINT64_MAX);
  EXPECT_FALSE(value({}));
  EXPECT_FALSE(value({0xff}));
  EXPECT_FALSE(value({0x00, 0x7f}));
  EXPECT_FALSE(value({0x01, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Der, ObjectIdentifiersAsDottedText) {
  const Bytes sgx = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
  EXPECT_EQ(der_object_identifier(sgx, "x").value(), "1.2.840.113741.1.13.1");
  EXPECT_FALSE(der_object_identifier(Bytes{0x2a, 0x86}, "x"));
  EXPECT_FALSE(der_object_identifier(Bytes{0x2a, 0x80, 0x01}, "x"));
}

TEST(PublicKey, SignaturesAndPointsOfTheWrongLengthAreRefused) {
  const PublicKey key = intel_root().key();
  EXPECT_FALSE(verify_ecdsa(key, HashAlgorithm::kSha256, {}, Bytes(63)));
  EXPECT_FALSE(verify_ecdsa(key, HashAlgorithm::kSha256, {}, Bytes(65)));
  EXPECT_FALSE(verify_ecdsa(key, HashAlgorithm::kSha256, {}, Bytes(64)));  // r = s = 0
  EXPECT_FALSE(verify_rsa_pkcs1(key, HashAlgorithm::kSha256, {}, Bytes(256)));
  EXPECT_FALSE(PublicKey::from_point(KeyType::kP256, Bytes(64)));  // not on the curve
  EXPECT_FALSE(PublicKey::from_point(KeyType::kP256, Bytes(63)));
  EXPECT_FALSE(PublicKey::from_rsa(Bytes(128, 0xff), Bytes{1, 0, 1}));
}

}  // namespace
}  // namespace strongroom::crypto
