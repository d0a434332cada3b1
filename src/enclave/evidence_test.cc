// What an enclave is given as evidence, and what the verifier makes of it. How evidence is broken stands in
// src/attest/eat/cases.
#include "strongroom/enclave/evidence.h"

#include <gmock/gmock.h>

#include "crypto/digest.h"
#include "enclave/test_enclave.h"
#include "host/vault/evidence.h"
#include "strongroom/attest.h"

namespace strongroom::enclave {
namespace {

using attest::Verdict;

const Bytes kNonce = to_bytes(as_bytes("sixteen bytes..."));
const Bytes kUserData = to_bytes(as_bytes("the hash of a key"));

Bytes evidence_of(const host::Admission& who, TestPlatform& platform) {
  const AsEnclave self(who, platform);
  return evidence(kNonce, kUserData).value();
}

attest::VerificationResult judge(const Bytes& token, const std::string& rule = {}) {
  attest::VerificationOptions options;
  options.nonce = kNonce;
  std::optional<attest::Policy> policy;
  if (!rule.empty())
    policy =
        attest::Policy::parse(
            "version = 1\n[[allow]]\ntee = [\"process\", \"vm\"]\ninsecure_any_code = true\n" + rule, "test")
            .value();
  if (policy) options.policy = &*policy;
  return attest::verify(token, options);
}

TEST(Evidence, SaysWhoTheEnclaveIsAndWhatItSays) {
  TestPlatform platform("evidence");
  const host::Admission who = test_admission();
  const auto result = judge(evidence_of(who, platform), "insecure_unrooted = true");
  EXPECT_EQ(result.format, "strongroom-eat");
  EXPECT_EQ(result.verdict, Verdict::kAccepted);
  EXPECT_EQ(result.claims.tee, "process");
  EXPECT_EQ(result.claims.measurement, to_bytes(who.identity.mrenclave));
  EXPECT_EQ(result.claims.signer, to_bytes(who.identity.mrsigner));
  EXPECT_EQ(result.claims.product_id, who.identity.isv_prod_id);
  EXPECT_EQ(result.claims.svn, who.identity.isv_svn);
  EXPECT_EQ(result.claims.debug, false);
  EXPECT_EQ(result.claims.report_data, kUserData);
  EXPECT_EQ(result.claims.nonce, kNonce);
  EXPECT_EQ(result.claims.root, "");
  EXPECT_EQ(std::get<std::string>(result.claims.vendor.at("keeper.root")), "unrooted");
}

TEST(Evidence, WithoutARootIsRefusedUnlessAPolicyNamesThatCase) {
  TestPlatform platform("evidence-unrooted");
  const auto result = judge(evidence_of(test_admission(), platform));
  EXPECT_EQ(result.verdict, Verdict::kRefused);
  EXPECT_FALSE(result.authentic);
  EXPECT_THAT(result.findings, testing::Contains(testing::Field(&attest::Finding::check, "unrooted")));
}

TEST(Evidence, OfADebugEnclaveSaysSoAndIsRefused) {
  TestPlatform platform("evidence-debug");
  host::Admission debug = test_admission();
  debug.identity.attributes.flags |= arch::kAttributeDebug;
  const auto result = judge(evidence_of(debug, platform), "insecure_unrooted = true");
  EXPECT_EQ(result.verdict, Verdict::kRefused);
  EXPECT_EQ(result.claims.debug, true);
}

TEST(Evidence, OfAnEnclaveThatNobodySignedNamesNoSigner) {
  TestPlatform platform("evidence-unsigned");
  host::Admission unsigned_one = test_admission();
  unsigned_one.is_signed = false;
  unsigned_one.identity.mrsigner = {};
  EXPECT_FALSE(judge(evidence_of(unsigned_one, platform)).claims.signer);
}

TEST(Evidence, IsSignedByTheOneKeyOfThePlatform) {
  const auto key_of = [](const Bytes& token) {
    return std::get<Bytes>(judge(token).claims.vendor.at("keeper.key_sha256"));
  };
  TestPlatform platform("evidence-key");
  const Bytes key = key_of(evidence_of(test_admission(), platform));
  EXPECT_EQ(key_of(evidence_of(test_admission(), platform)), key);
  EXPECT_EQ(to_bytes(host::attestation_key(platform.store())->public_key().fingerprint()), key);
  TestPlatform other("evidence-other-key");
  EXPECT_NE(key_of(evidence_of(test_admission(), other)), key);
}

TEST(Evidence, RefusesNoncesAndUserDataThatATokenCannotCarry) {
  TestPlatform platform("evidence-sizes");
  const AsEnclave self(test_admission(), platform);
  EXPECT_EQ(evidence(Bytes(7), {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(evidence(Bytes(65), {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(evidence(Bytes(8), Bytes(1025)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(evidence(Bytes(8), Bytes(100000)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(evidence(Bytes(8), Bytes(1024)));
  EXPECT_TRUE(evidence(Bytes(64), {}));
}

TEST(Evidence, RefusesRequestsThatAreCutOffOrTooLong) {
  TestPlatform platform("evidence-requests");
  const AsEnclave self(test_admission(), platform);
  const Bytes whole = ByteWriter().little(uint32_t{8}).zeros(8).little(uint32_t{4}).zeros(4).take();
  EXPECT_TRUE(ask_keeper(arch::KeeperRequest::kEvidence, whole));
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ask_keeper(arch::KeeperRequest::kEvidence, ByteView(whole).first(size))) << size;
  EXPECT_FALSE(ask_keeper(arch::KeeperRequest::kEvidence, ByteWriter().bytes(whole).zeros(1).take()));
  EXPECT_FALSE(
      ask_keeper(arch::KeeperRequest::kEvidence, ByteWriter().little(uint32_t{0xffffffff}).zeros(20).take()));
}

}  // namespace
}  // namespace strongroom::enclave
