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

// Made for this test: a root on P-256, a leaf that it signed over SHA-256 and over SHA-1; a root of RSA with
// 1024 bits, and the leaf signed by it.
constexpr std::string_view kRoot = R"(-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUOYGu50zmWtJGk10AwDIgEQ7gJUgwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMjIwNjMwMjZaFw00NjExMTcwNjMwMjZa
MA8xDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQQiq2E
gnTBbnqoaBaSuWE9NXjJ0JX7qoen7Idfjo7MXiMl55jpVnojSrpkXu0LLfBfRF9g
eR3BBnH7FXodYGNgo2MwYTAdBgNVHQ4EFgQU04xADao38kTpnEiliifBVWA8jBMw
HwYDVR0jBBgwFoAU04xADao38kTpnEiliifBVWA8jBMwDwYDVR0TAQH/BAUwAwEB
/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIhAMTbgCQGf91v7Iuy
JGK+7MD2TJf2Lo5OnYfiA/ymRD3hAiBaDzGL3a829LXefORg5HNLWSJ1JMCbW0uY
1t5QjArHhg==
-----END CERTIFICATE-----
)";
constexpr std::string_view kLeafOverSha256 = R"(-----BEGIN CERTIFICATE-----
MIIBXjCCAQWgAwIBAgIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARSb290MB4X
DTI2MTEyMjA2MzAyNloXDTQ2MTExNzA2MzAyNlowDzENMAsGA1UEAwwETGVhZjBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABKAXgG4l802yRJRlJ9A8Wagg65S8EVyk
CD1dYAZ60u4H1vhgnAsrXq4vDINipR38tY204W1Lt45yIlLuHliwIuWjUjBQMA4G
A1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUXwY5cy9IsiqlOKrfZIv9oskTtfowHwYD
VR0jBBgwFoAU04xADao38kTpnEiliifBVWA8jBMwCgYIKoZIzj0EAwIDRwAwRAIg
UIxcRhiSBeI7viib50VAj2gyeCrdrjhTS6RUyuan2toCIFSrmo4eONFDPVtRgQYc
mfFfyrRzkKFPdIp7QRalGYTv
-----END CERTIFICATE-----
)";
constexpr std::string_view kLeafOverSha1 = R"(-----BEGIN CERTIFICATE-----
MIIBXjCCAQSgAwIBAgIBAjAJBgcqhkjOPQQBMA8xDTALBgNVBAMMBFJvb3QwHhcN
MjYxMTIyMDYzMDI2WhcNNDYxMTE3MDYzMDI2WjAPMQ0wCwYDVQQDDARMZWFmMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoBeAbiXzTbJElGUn0DxZqCDrlLwRXKQI
PV1gBnrS7gfW+GCcCyteri8Mg2KlHfy1jbThbUu3jnIiUu4eWLAi5aNSMFAwDgYD
VR0PAQH/BAQDAgeAMB0GA1UdDgQWBBRfBjlzL0iyKqU4qt9ki/2iyRO1+jAfBgNV
HSMEGDAWgBTTjEANqjfyROmcSKWKJ8FVYDyMEzAJBgcqhkjOPQQBA0kAMEYCIQDT
4ZjMDBstw0qKec2gFdZWi38KAxLwrUR9CR28FGAspQIhAJnXqydYI/wVQtyUCj6k
NbZprGn8rmrxkO8bq9dOQoir
-----END CERTIFICATE-----
)";
constexpr std::string_view kSmallRoot = R"(-----BEGIN CERTIFICATE-----
MIICFjCCAX+gAwIBAgIURcRUUjktQjXDfGKlebs5eGr/HkowDQYJKoZIhvcNAQEL
BQAwFTETMBEGA1UEAwwKU21hbGwgcm9vdDAeFw0yNjExMjIwNjMwMjdaFw00NjEx
MTcwNjMwMjdaMBUxEzARBgNVBAMMClNtYWxsIHJvb3QwgZ8wDQYJKoZIhvcNAQEB
BQADgY0AMIGJAoGBAL31xaJGj7X4dd1UzuqIQGNznoarmQnWcnC3E6rUmNICZoZy
3I082k8tnury8uPlW5VjXNqcn/+0wgwlSYCMWex5/7CNISjUpas7QmWC788Lcjcm
1Ik84JtXmH1XC8oor6pWuhS4gkToNDUeAA3sZsAHaZOrhhCudFFIZKoFI2p5AgMB
AAGjYzBhMB0GA1UdDgQWBBQnCOk2YL+6SAw8u+BwfR+qlYx9lTAfBgNVHSMEGDAW
gBQnCOk2YL+6SAw8u+BwfR+qlYx9lTAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB
/wQEAwICBDANBgkqhkiG9w0BAQsFAAOBgQBevTsTI8aNtbUoPLzxoyaQMm9vx5cO
vyyltsFDit+V/iylIB2CyV+jM1l63dub8xBq/bU6lNLq8QREmBbywn5jgKMRaDF4
XGtN1NtZxFa422QSvdiKqAPmVlmRR42v9/sNq41Ml+y4LnE1FNfHeKQIuyE3lp2a
7ETLWCnABHbE/Q==
-----END CERTIFICATE-----
)";
constexpr std::string_view kLeafOfSmallRoot = R"(-----BEGIN CERTIFICATE-----
MIIBpTCCAQ6gAwIBAgIBAzANBgkqhkiG9w0BAQsFADAVMRMwEQYDVQQDDApTbWFs
bCByb290MB4XDTI2MTEyMjA2MzAyN1oXDTQ2MTExNzA2MzAyN1owDzENMAsGA1UE
AwwETGVhZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKAXgG4l802yRJRlJ9A8
Wagg65S8EVykCD1dYAZ60u4H1vhgnAsrXq4vDINipR38tY204W1Lt45yIlLuHliw
IuWjUjBQMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUXwY5cy9IsiqlOKrfZIv9
oskTtfowHwYDVR0jBBgwFoAUJwjpNmC/ukgMPLvgcH0fqpWMfZUwDQYJKoZIhvcN
AQELBQADgYEAMDAt6es/CPu5GrS6fxQUgbn2tyI1r6tarQaf39EImzcdyPUmc0kO
n7nJ7jDlr7VvpepVE8vUIEosSWgPRR3Y5rfqBN3I/Iof57VjsiNTD44i92n0W5BS
yk1sk/ojzeP8KMFwID1Ue4eKmMA3Dm7NgT3aiKm/oRfbc4LkzQ76zAk=
-----END CERTIFICATE-----
)";

TEST(Chain, SignaturesOfBrokenStrengthCountForNothing) {
  const Time time = std::chrono::sys_days(std::chrono::year(2030) / 1 / 1);
  const auto chains = [&](std::string_view leaf, std::string_view root) {
    const auto roots = certificates_from_pem(as_bytes(root)).value();
    const std::vector<TrustedKey> trusted = {{"root", roots[0].key_fingerprint(), RootForm::kSignsItself}};
    return build_chain(certificates_from_pem(as_bytes(leaf)).value()[0], roots, trusted, time).has_value();
  };
  EXPECT_TRUE(chains(kLeafOverSha256, kRoot));
  EXPECT_FALSE(chains(kLeafOverSha1, kRoot));
  EXPECT_FALSE(chains(kLeafOfSmallRoot, kSmallRoot));
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
  EXPECT_TRUE(PublicKey::from_rsa(Bytes(256, 0xff), Bytes{1, 0, 1}));
  EXPECT_FALSE(PublicKey::from_rsa(Bytes(256, 0xff), Bytes{1}));
  EXPECT_FALSE(PublicKey::from_rsa(Bytes(256, 0xff), Bytes{0, 0, 1}));
}

}  // namespace
}  // namespace strongroom::crypto
