// PSA and CCA tokens made here, each broken in one way, with the check that must refuse it.
#include <gtest/gtest.h>

#include <functional>

#include "attest/cose.h"
#include "attest/testing/cases.h"
#include "attest/testing/pki.h"
#include "base/cbor_writer.h"
#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/mac.h"

namespace strongroom::attest::testing {
namespace {

Bytes instance(uint8_t first = 1) {
  Bytes id(33, 0x22);
  id[0] = first;
  return cbor::bytes(id);
}

Bytes component() {
  return cbor::Map()
      .set(1, cbor::text("SPE"))
      .set(2, cbor::bytes(Bytes(32, 0x33)))
      .set(4, cbor::text("1.0"))
      .set(5, cbor::bytes(Bytes(32, 0x44)))
      .encode();
}

cbor::Map platform_claims(ByteView challenge) {
  cbor::Map claims;
  claims.set(265, cbor::text("tag:psacertified.org,2023:psa#tfm"))
      .set(10, cbor::bytes(challenge))
      .set(256, instance())
      .set(2395, cbor::number(0x3000))
      .set(2396, cbor::bytes(Bytes(32, 0x11)))
      .set(2399, cbor::array({component()}));
  return claims;
}

cbor::Map old_claims() {
  cbor::Map claims;
  claims.set(-75000, cbor::text("PSA_IOT_PROFILE_1"))
      .set(-75001, cbor::number(2))
      .set(-75002, cbor::number(0x3000))
      .set(-75003, cbor::bytes(Bytes(32, 0x11)))
      .set(-75006, cbor::array({component()}))
      .set(-75008, cbor::bytes(Bytes(32, 0x55)))
      .set(-75009, instance());
  return claims;
}

// A message of COSE made by hand, with every part as the case wants it.
Bytes message(uint64_t tag, const Bytes& header, const Bytes& payload, const Bytes& signature) {
  return cbor::tag(tag, cbor::array({cbor::bytes(header), cbor::Map().encode(), cbor::bytes(payload),
                                     cbor::bytes(signature)}));
}

Bytes to_sign(std::string_view context, const Bytes& header, const Bytes& payload) {
  return cbor::array({cbor::text(context), cbor::bytes(header), cbor::bytes({}), cbor::bytes(payload)});
}

Bytes header(int64_t algorithm) {
  return cbor::Map().set(1, cbor::number(algorithm)).encode();
}

class ArmCases : public ::testing::Test {
 protected:
  Bytes sign(const Bytes& payload) { return sign_cose_sign1(payload, key_).value(); }
  static Bytes sign_with_mac(const Bytes& payload, const Bytes& secret, int64_t algorithm = 5) {
    const auto mac = crypto::hmac_sha256(secret, to_sign("MAC0", header(algorithm), payload));
    return message(17, header(algorithm), payload, to_bytes(mac));
  }
  Bytes sign_without_algorithm(const Bytes& payload) {
    return message(18, {}, payload, key_.sign(to_sign("Signature1", {}, payload)).value());
  }

  VerificationResult judge(const Bytes& evidence) const {
    VerificationOptions options;
    options.time = Time(std::chrono::seconds(1772323200));
    options.collateral = &collateral_;
    options.nonce = nonce_;
    return verify(evidence, options);
  }
  void check(const char* name, const Bytes& evidence, const Expectation& wanted) const {
    SCOPED_TRACE(name);
    expect(judge(evidence), wanted);
  }
  void trust_key() { trust(as_bytes(key_.public_pem().value())); }
  void trust(ByteView content) { ASSERT_TRUE(collateral_.add(content, "given").has_value()); }
  static std::string oct(const Bytes& secret) {
    return R"({"kty":"oct","k":")" + to_base64url(secret) + "\"}";
  }

  crypto::SigningKey key_ = crypto::SigningKey::generate(crypto::KeyType::kP256).value();
  Bytes secret_ = Bytes(32, 0x77);
  Collateral collateral_;
  std::optional<Bytes> nonce_;
};

TEST_F(ArmCases, PsaTokensComeToTheirVerdictByTheirCheck) {
  const Bytes challenge(32, 0x55);
  check("no_key", sign(platform_claims(challenge).encode()),
        {kUndetermined, "platform.signature", Outcome::kMissing});
  trust_key();
  check("good", sign(platform_claims(challenge).encode()), {kAccepted});
  const auto with = [&](const std::function<void(cbor::Map&)>& change) {
    cbor::Map claims = platform_claims(challenge);
    change(claims);
    return sign(claims.encode());
  };
  for (const int64_t claim : {10, 256, 2395, 2396, 2399})
    check(("claim_null_" + std::to_string(claim)).c_str(),
          with([&](cbor::Map& c) { c.set(claim, cbor::null()); }), {kMalformed, "form"});
  check("profile_that_is_no_text", with([](cbor::Map& c) { c.set(265, cbor::bytes({})); }),
        {kMalformed, "form"});
  check("instance_of_another_kind", with([](cbor::Map& c) { c.set(256, instance(2)); }),
        {kMalformed, "form"});
  check("challenge_too_short", with([](cbor::Map& c) { c.set(10, cbor::bytes(Bytes(31))); }),
        {kMalformed, "form"});
  check("no_components", with([](cbor::Map& c) { c.set(2399, cbor::array({})); }), {kMalformed, "form"});
  check("component_without_measurement",
        with([](cbor::Map& c) { c.set(2399, cbor::array({cbor::Map().set(1, cbor::text("x")).encode()})); }),
        {kMalformed, "form"});
  for (const int64_t state : {0x0000, 0x1000, 0x2000, 0x2fff, 0x3100, 0x4000, 0x5000, 0x6000})
    check(("lifecycle_" + std::to_string(state)).c_str(),
          with([&](cbor::Map& c) { c.set(2395, cbor::number(state)); }), {kRefused, "debug"});
  Bytes changed = sign(platform_claims(challenge).encode());
  changed[changed.size() - 1] ^= 1;
  check("signature_changed", changed, {kRefused, "platform.signature"});
  const Bytes payload = platform_claims(challenge).encode();
  check("algorithm_left_out_in_a_profile_that_demands_it", sign_without_algorithm(payload),
        {kMalformed, "form"});
  check("algorithm_of_another_curve",
        message(18, header(-35), payload, key_.sign(to_sign("Signature1", header(-35), payload)).value()),
        {kRefused, "platform.signature"});
  const crypto::SigningKey other = crypto::SigningKey::generate(crypto::KeyType::kP256).value();
  check("signed_by_another_key", sign_cose_sign1(payload, other).value(), {kRefused, "platform.signature"});
  nonce_ = challenge;
  check("nonce_equal", sign(payload), {kAccepted, "nonce", Outcome::kPassed});
  nonce_ = Bytes(31, 0x55);
  check("nonce_prefix_is_not_enough", sign(payload), {kRefused, "nonce"});
}

TEST_F(ArmCases, TokensOfTheOldProfileAreReadByItsLabels) {
  trust_key();
  const VerificationResult good = judge(sign(old_claims().encode()));
  EXPECT_EQ(good.verdict, kAccepted) << report(good);
  EXPECT_EQ(good.claims.measurement, Bytes(32, 0x33));
  EXPECT_EQ(good.claims.nonce, Bytes(32, 0x55));
  check("algorithm_left_to_the_key", sign_without_algorithm(old_claims().encode()), {kAccepted});
  Bytes changed = sign_without_algorithm(old_claims().encode());
  changed[changed.size() - 1] ^= 1;
  check("algorithm_left_to_the_key_changed", changed, {kRefused, "platform.signature"});
  for (const int64_t claim : {-75002, -75006, -75008, -75009})
    check(("old_claim_null_" + std::to_string(claim)).c_str(),
          sign(old_claims().set(claim, cbor::null()).encode()), {kMalformed, "form"});
  check("old_profile_that_is_no_text", sign(old_claims().set(-75000, cbor::bytes({})).encode()),
        {kMalformed, "form"});
  check("old_not_secured", sign(old_claims().set(-75002, cbor::number(2)).encode()), {kRefused, "debug"});
  cbor::Map none;
  none.set(-75002, cbor::number(0x3000))
      .set(-75003, cbor::bytes(Bytes(32, 0x11)))
      .set(-75007, cbor::number(1))
      .set(-75008, cbor::bytes(Bytes(32, 0x55)))
      .set(-75009, instance());
  check("no_measurements_and_it_says_so", sign(none.encode()), {kAccepted});
  check("no_measurements_and_it_says_otherwise", sign(none.set(-75007, cbor::number(2)).encode()),
        {kMalformed, "form"});
}

TEST_F(ArmCases, MacsVerifyByASecretThatWasGivenAsOneAlone) {
  const Bytes payload = platform_claims(Bytes(32, 0x55)).encode();
  const Bytes good = sign_with_mac(payload, secret_);
  check("no_secret", good, {kUndetermined, "platform.signature", Outcome::kMissing});
  // Whoever reads the collateral could make a MAC with it.
  trust_key();
  trust(secret_);
  check("documents_and_public_keys_are_no_secrets", good,
        {kUndetermined, "platform.signature", Outcome::kMissing});
  const Bytes point = key_.public_key().spki();
  check("mac_with_the_public_key", sign_with_mac(payload, point),
        {kUndetermined, "platform.signature", Outcome::kMissing});
  trust(as_bytes(oct(secret_)));
  check("good", good, {kAccepted});
  check("mac_of_another_secret", sign_with_mac(payload, Bytes(32, 0x78)), {kRefused, "platform.signature"});
  check("mac_shortened", message(17, header(4), payload, Bytes(8)), {kRefused, "platform.signature"});
  check("mac_of_another_algorithm", sign_with_mac(payload, secret_, 6), {kRefused, "platform.signature"});
  Bytes as_signature = good;
  as_signature[0] = 0xd2;
  check("mac_called_a_signature", as_signature, {kRefused, "platform.signature"});
  Collateral short_secret;
  EXPECT_FALSE(short_secret.add(as_bytes(oct(Bytes(15, 1))), "short").has_value());
}

Bytes realm_claims(const Bytes& key, size_t extensible = 4) {
  return cbor::Map()
      .set(10, cbor::bytes(Bytes(64, 0x66)))
      .set(44235, cbor::bytes(Bytes(64, 0)))
      .set(44236, cbor::text("sha-256"))
      .set(44237, cbor::bytes(key))
      .set(44238, cbor::bytes(Bytes(32, 0x01)))
      .set(44239, cbor::array(std::vector<Bytes>(extensible, cbor::bytes(Bytes(32, 0)))))
      .set(44240, cbor::text("sha-256"))
      .encode();
}

Bytes cose_key(ByteView point, int64_t curve) {
  const size_t half = point.size() / 2;
  return cbor::Map()
      .set(1, cbor::number(2))
      .set(-1, cbor::number(curve))
      .set(-2, cbor::bytes(point.first(half)))
      .set(-3, cbor::bytes(point.subspan(half)))
      .encode();
}

TEST_F(ArmCases, CcaTokensComeToTheirVerdictByTheirCheck) {
  trust_key();
  const crypto::SigningKey realm = crypto::SigningKey::generate(crypto::KeyType::kP384).value();
  const Bytes spki = realm.public_key().spki();
  const Bytes point(spki.end() - 96, spki.end());
  const auto token = [&](const Bytes& key, const Bytes& vouched, const crypto::SigningKey& signer,
                         uint64_t tag = 399, size_t extensible = 4,
                         const char* profile = "tag:arm.com,2023:cca_platform#1.0.0") {
    const Bytes claims = realm_claims(key, extensible);
    const Bytes platform =
        sign(platform_claims(crypto::sha256(vouched)).set(265, cbor::text(profile)).encode());
    const Bytes inner = sign_cose_sign1(claims, signer).value();
    return cbor::tag(tag,
                     cbor::Map().set(44234, cbor::bytes(platform)).set(44241, cbor::bytes(inner)).encode());
  };
  const Bytes raw = concat({Bytes{0x04}, point});
  const Bytes key = cose_key(point, 2);
  check("good_point", token(raw, raw, realm), {kAccepted});
  check("good_cose_key", token(key, key, realm), {kAccepted});
  check("good_as_a_cmw_collection", token(key, key, realm, 907), {kAccepted});
  check("good_of_the_earlier_profile", token(key, key, realm, 399, 4, "http://arm.com/CCA-SSD/1.0.0"),
        {kAccepted});
  // Whose challenge any application may choose.
  for (const char* psa : {"tag:psacertified.org,2023:psa#tfm", "http://arm.com/psa/2.0.0", ""})
    check("platform_token_of_psa", token(key, key, realm, 399, 4, psa), {kRefused, "platform.profile"});
  check("platform_vouches_for_another_key", token(key, raw, realm), {kRefused, "realm.binding"});
  check("realm_signed_by_the_platforms_key", token(key, key, key_), {kRefused, "realm.signature"});
  const Bytes lying = cose_key(point, 1);
  check("realm_key_of_a_curve_that_it_is_not_on", token(lying, lying, realm), {kRefused, "realm.signature"});
  Bytes octets = key;
  octets[2] = 4;  // kty: symmetric
  check("realm_key_of_another_type", token(octets, octets, realm), {kRefused, "realm.signature"});
  for (const size_t count : {0U, 3U, 5U})
    check("another_number_of_extensible_measurements", token(raw, raw, realm, 399, count),
          {kMalformed, "form"});
  check("another_tag", token(key, key, realm, 400), {kMalformed});
  nonce_ = Bytes(64, 0x66);
  check("nonce_equal", token(key, key, realm), {kAccepted, "nonce", Outcome::kPassed});
  nonce_ = Bytes(64, 0x65);
  check("nonce_differs", token(key, key, realm), {kRefused, "nonce"});
}

}  // namespace
}  // namespace strongroom::attest::testing
