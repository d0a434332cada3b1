#include "strongroom/attestation_result.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/cose.h"
#include "attest/jwt/jwt.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/expectation.h"
#include "base/cbor_writer.h"
#include "base/encoding.h"
#include "crypto/signing_key.h"

namespace strongroom::attest {
namespace {

using Json = nlohmann::json;

class AttestationResult : public ::testing::Test {
 protected:
  AttestationResult() {
    testing::AmdSpec spec = testing::good_amd(2, "Milan", false);
    spec.nonce = Bytes(32, 0x77);
    const auto made = testing::build(spec);
    result_ = verify(made->evidence, made->options);
    options_.issued = options_.judged = spec.now;
    options_.nonce = spec.nonce;
    options_.policy_id = "ni:///sha-256;abc";
    options_.evidence_sha256.fill(0xee);
  }

  std::string jwt() { return sign_result_jwt(result_, options_, key_.pem().value()).value(); }
  Bytes cwt() { return sign_result_cwt(result_, options_, key_.pem().value()).value(); }
  // As the verifier judges it when the signer's public key is what is trusted.
  VerificationResult verified(const Bytes& token, int64_t after) {
    return verified(std::string(as_text(token)), after);
  }
  VerificationResult verified(const std::string& token, int64_t after) {
    Collateral keys;
    EXPECT_TRUE(keys.add(as_bytes(key_.public_pem().value()), "key"));
    VerificationOptions options;
    options.collateral = &keys;
    options.time = options_.issued + std::chrono::seconds(after);
    options.nonce = options_.nonce;
    return verify(as_bytes(token), options);
  }

  crypto::SigningKey key_ = crypto::SigningKey::generate(crypto::KeyType::kP256).value();
  VerificationResult result_;
  AttestationResultOptions options_;
};

TEST_F(AttestationResult, AsJwtHasTheClaimsOfTheDraftUnderItsSignature) {
  const std::string token = jwt();
  const auto parsed = jwt::parse_jwt(as_bytes(token));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->algorithm, "ES256");
  EXPECT_TRUE(crypto::verify_ecdsa(key_.public_key(), crypto::HashAlgorithm::kSha256, parsed->signed_bytes,
                                   parsed->signature));
  const Json claims = Json::parse(parsed->payload);
  EXPECT_EQ(claims["eat_profile"], "tag:ietf.org,2026:rats/ear#04");
  EXPECT_EQ(claims["exp"].get<int64_t>() - claims["iat"].get<int64_t>(), 3600);
  EXPECT_EQ(claims["eat_nonce"], to_base64url(Bytes(32, 0x77)));
  EXPECT_EQ(claims["ear_status"], "affirming");
  const Json& evidence = claims["submods"]["sev-snp"];
  EXPECT_EQ(evidence["ear_status"], "affirming");
  EXPECT_EQ(evidence["ear_trustworthiness_vector"],
            (Json{{"configuration", 3}, {"executables", 0}, {"hardware", 2}, {"runtime-opaque", 2}}));
  EXPECT_EQ(evidence["ear_appraisal_policy_ids"], Json::array({"ni:///sha-256;abc"}));
  EXPECT_EQ(evidence["ear_attester_claims"]["measurement"], to_hex(Bytes(48, 0x5a)));
  EXPECT_EQ(evidence["ear_verifier_claims"]["strongroom_verdict"], "accepted");
  EXPECT_EQ(evidence["ear_verifier_claims"]["strongroom_evidence_sha256"], to_hex(Bytes(32, 0xee)));
}

TEST_F(AttestationResult, AsCwtSaysTheSame) {
  const auto message = parse_cose_sign1(cwt());
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_TRUE(verify_cose_sign1(*message, key_.public_key(), kCoseEs256));
  const auto claims = parse_cbor(message->payload);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(as_text(claims->find(265)->string()), "tag:ietf.org,2026:rats/ear#04");
  EXPECT_EQ(claims->find(4)->integer().value() - claims->find(6)->integer().value(), 3600);
  EXPECT_EQ(to_bytes(claims->find(10)->string()), Bytes(32, 0x77));
  EXPECT_EQ(claims->find(1000)->integer(), 2);
  const CborItem* evidence = claims->find(266)->find("sev-snp");
  ASSERT_NE(evidence, nullptr);
  EXPECT_EQ(evidence->find(1001)->find(4)->integer(), 2);
  EXPECT_EQ(evidence->find(1001)->find(7), nullptr);
  EXPECT_EQ(to_bytes(evidence->find(1005)->find("measurement")->string()), Bytes(48, 0x5a));
  EXPECT_EQ(as_text(evidence->find(1006)->find("strongroom_verdict")->string()), "accepted");
}

TEST_F(AttestationResult, IsEvidenceThatTheVerifierItselfAccepts) {
  const VerificationResult again = verified(jwt(), 60);
  EXPECT_EQ(again.format, "ear-jwt");
  testing::expect(again, {Verdict::kAccepted, "token.signature", Outcome::kPassed});
}

TEST_F(AttestationResult, AsCwtIsEvidenceLikewise) {
  using testing::expect;
  const VerificationResult again = verified(cwt(), 60);
  EXPECT_EQ(again.format, "ear-cwt");
  expect(again, {Verdict::kAccepted, "token.signature", Outcome::kPassed});
  expect(again, {Verdict::kAccepted, "nonce", Outcome::kPassed});
  expect(again, {Verdict::kAccepted, "token.appraisal", Outcome::kPassed});
  EXPECT_EQ(std::get<std::string>(again.claims.vendor.at("cwt.ear_status")), "affirming");
  Bytes tagged = {0xd8, 61};
  const Bytes plain = cwt();
  tagged.insert(tagged.end(), plain.begin(), plain.end());
  expect(verified(tagged, 60), {Verdict::kAccepted});
  expect(verified(plain, 3600), {Verdict::kRefused, "token.validity"});
  expect(verified(plain, -1), {Verdict::kRefused, "token.validity"});
  const auto other = crypto::SigningKey::generate(crypto::KeyType::kP256).value();
  expect(verified(sign_result_cwt(result_, options_, other.pem().value()).value(), 60),
         {Verdict::kRefused, "token.signature"});
  const auto of_another_curve = crypto::SigningKey::generate(crypto::KeyType::kP384).value();
  expect(verified(sign_result_cwt(result_, options_, of_another_curve.pem().value()).value(), 60),
         {Verdict::kUndetermined, "token.signature", Outcome::kMissing});
  options_.nonce = Bytes(32, 0x78);
  expect(verified(plain, 60), {Verdict::kRefused, "nonce"});
  result_.verdict = Verdict::kRefused;
  expect(verified(cwt(), 60), {Verdict::kRefused, "token.appraisal"});
  for (Bytes broken = plain; const size_t at : {size_t{30}, broken.size() - 90, broken.size() - 1}) {
    broken[at] ^= 1;
    EXPECT_NE(verified(broken, 60).verdict, Verdict::kAccepted) << at;
  }
}

// One value each: what has a label and a name would be said by whichever is read last.
TEST_F(AttestationResult, AsCwtSaysNothingTwiceAndNothingThatJsonCannot) {
  const auto judged = [&](const Bytes& key, const Bytes& value) {
    const Bytes submodule = cbor::Map().set(1000, cbor::number(2)).encode();
    const Bytes claims = cbor::Map()
                             .set(4, cbor::number(4000000000))
                             .set(266, cbor::Map().set("x", submodule).encode())
                             .set(1000, cbor::number(2))
                             .encode();
    Bytes with_one_more = {static_cast<uint8_t>(claims[0] + 1)};
    for (const ByteView part : {ByteView(claims).subspan(1), ByteView(key), ByteView(value)})
      with_one_more.insert(with_one_more.end(), part.begin(), part.end());
    options_.nonce.reset();
    return verified(sign_cose_sign1(with_one_more, key_).value(), 60);
  };
  testing::expect(judged(cbor::text("mine"), cbor::number(7)), {Verdict::kAccepted});
  for (const char* name : {"ear_status", "submods", "exp"})
    testing::expect(judged(cbor::text(name), cbor::number(7)), {Verdict::kMalformed, "form"});
  testing::expect(judged(cbor::text("half"), {0xf9, 0x38, 0x00}), {Verdict::kMalformed, "form"});
  testing::expect(judged(cbor::number(-1), cbor::bytes(Bytes(3))), {Verdict::kAccepted});
  testing::expect(judged(cbor::bytes(Bytes(3)), cbor::number(1)), {Verdict::kMalformed, "form"});
  // A status beside the draft's is no affirmation.
  const Bytes odd = cbor::Map().set("y", cbor::Map().set(1000, cbor::number(3)).encode()).encode();
  testing::expect(judged(cbor::text("submods2"), odd), {Verdict::kAccepted});
}

TEST_F(AttestationResult, OfRefusedEvidenceIsNoAcceptance) {
  result_.verdict = Verdict::kRefused;
  testing::expect(verified(jwt(), 60), {Verdict::kRefused, "token.appraisal", Outcome::kFailed});
}

TEST_F(AttestationResult, HoldsUnderNoOtherBytesKeyTimeOrNonce) {
  const std::string token = jwt();
  testing::expect(verified(token, 3601 + 300), {Verdict::kRefused, "token.validity", Outcome::kFailed});
  for (size_t i = 0; i < token.size(); i += 37) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const Verdict verdict = verified(changed, 60).verdict;
    EXPECT_TRUE(verdict == Verdict::kRefused || verdict == Verdict::kMalformed) << i;
  }
  const std::string rest = token.substr(token.find('.'));
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"ES384"})", R"({"alg":"RS256"})"}) {
    const VerificationResult result = verified(to_base64url(as_bytes(header)) + rest, 60);
    EXPECT_NE(result.verdict, Verdict::kAccepted) << header;
  }
  EXPECT_NE(verified(token.substr(0, token.rfind('.') + 1), 60).verdict, Verdict::kAccepted);
  options_.nonce = Bytes(32, 0x78);
  testing::expect(verified(token, 60), {Verdict::kRefused, "nonce", Outcome::kFailed});
  options_.nonce = Bytes(32, 0x77);
  key_ = crypto::SigningKey::generate(crypto::KeyType::kP256).value();
  testing::expect(verified(token, 60), {Verdict::kRefused, "token.signature", Outcome::kFailed});

  Bytes bytes = cwt();
  for (size_t i = 0; i < bytes.size(); i += 23) {
    bytes[i] ^= 1;
    const auto message = parse_cose_sign1(bytes);
    EXPECT_TRUE(!message || !verify_cose_sign1(*message, key_.public_key(), kCoseEs256) ||
                message->unprotected_count != 0)
        << i;
    bytes[i] ^= 1;
  }
}

TEST_F(AttestationResult, LendsNoSignatureToClaimsOfEvidenceThatIsNotAuthentic) {
  result_.authentic = false;
  result_.verdict = Verdict::kRefused;
  const Json claims = Json::parse(jwt::parse_jwt(as_bytes(jwt()))->payload);
  EXPECT_FALSE(claims["submods"]["sev-snp"].contains("ear_attester_claims"));
  EXPECT_EQ(parse_cbor(parse_cose_sign1(cwt())->payload)->find(266)->find("sev-snp")->find(1005), nullptr);
}

TEST_F(AttestationResult, TellsLayersApartAndTakesTheWorstOfThem) {
  VerificationResult layer = result_;
  layer.verdict = Verdict::kUndetermined;
  result_.layers = {layer, layer};
  const Json claims = Json::parse(jwt::parse_jwt(as_bytes(jwt()))->payload);
  EXPECT_EQ(claims["submods"].size(), 3U);
  EXPECT_EQ(claims["submods"]["sev-snp/2"]["ear_status"], "none");
  EXPECT_EQ(claims["ear_status"], "none");
}

TEST_F(AttestationResult, RefusesKeysAndNoncesThatItCannotUse) {
  EXPECT_FALSE(sign_result_jwt(result_, options_, "no key"));
  EXPECT_FALSE(sign_result_cwt(result_, options_, key_.public_pem().value()));
  options_.nonce = Bytes(7, 1);
  EXPECT_FALSE(sign_result_jwt(result_, options_, key_.pem().value()));
  options_.nonce = Bytes(65, 1);
  EXPECT_FALSE(sign_result_cwt(result_, options_, key_.pem().value()));
}

TEST_F(AttestationResult, KeepsHostileTextFromChangingItsForm) {
  result_.claims.tee = "\xff\",\"ear_status\":\"affirming";
  result_.tcb_status = "\xc0\x80";
  EXPECT_TRUE(jwt::parse_jwt(as_bytes(jwt())));
  EXPECT_TRUE(parse_cbor(parse_cose_sign1(cwt())->payload));
}

}  // namespace
}  // namespace strongroom::attest
