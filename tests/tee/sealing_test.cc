// The enclave API in real enclaves: who the keeper says they are, and what they can open.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/encoding.h"
#include "crypto/test_signing_key.h"
#include "image/sign.h"
#include "running.h"
#include "strongroom/attest.h"

namespace strongroom::tee_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const char* const kProgram = STRONGROOM_SEALER;
constexpr uint32_t kDate = 0x20261121;

crypto::RsaPrivateKey test_key() {
  return crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
}

host::Image signed_image(const Adjust& adjust = {}, const crypto::RsaPrivateKey& key = test_key()) {
  Bytes file = build(kProgram, [&](image::Manifest& manifest) {
    allow_host_arguments(manifest);
    manifest.product_id = 7;
    manifest.svn = 3;
    if (adjust) adjust(manifest);
  });
  EXPECT_TRUE(image::sign_image(file, key, kDate));
  return host::Image::from_bytes(file).value();
}

class SealingInEnclaves : public InTee {
 protected:
  static void SetUpTestSuite() {
    state_ = fs::temp_directory_path() / ("strongroom-state-" + std::to_string(getpid()));
    setenv("STRONGROOM_STATE", state_.c_str(), 1);  // before the first launch: the keeper inherits it
  }
  static void TearDownTestSuite() { fs::remove_all(state_); }

  [[nodiscard]] Finished in_enclave(const host::Image& image, const std::string& what, std::string input = {},
                                    bool debug = false) const {
    return run(image, {.tee = GetParam(), .arguments = {what}, .input = std::move(input), .debug = debug});
  }
  static inline fs::path state_;
};

TEST_P(SealingInEnclaves, TheKeeperKnowsWhoAnEnclaveIs) {
  const host::Image image = signed_image();
  const Finished told = in_enclave(image, "identity");
  ASSERT_EQ(told.end.status, 0) << told;
  EXPECT_EQ(told.output,
            to_hex(image.identity().mrenclave) + " " + to_hex(image.identity().mrsigner) + " 7 3 0\n");
  const host::Image debug = signed_image([](image::Manifest& manifest) { manifest.debug = true; });
  EXPECT_THAT(in_enclave(debug, "identity", {}, true).output, HasSubstr(" 7 3 1\n"));
  const host::Image unsigned_image = image_of(kProgram, allow_host_arguments);
  const std::string unknown = in_enclave(unsigned_image, "identity").output;
  // SGX starts nothing without a signature: the signer is then one that nobody knows, for this launch alone.
  const std::string signer = GetParam() == host::Tee::kSgx ? unknown.substr(65, 64) : std::string(64, '0');
  EXPECT_NE(signer, to_hex(image.identity().mrsigner));
  EXPECT_EQ(unknown, to_hex(unsigned_image.identity().mrenclave) + " " + signer + " 0 0 0\n");
}

TEST_P(SealingInEnclaves, ReportsChannelsAndThreads) {
  const host::Image image = signed_image();
  for (const char* what : {"attest", "channel", "threads"}) {
    const Finished finished = in_enclave(image, what);
    EXPECT_EQ(finished.end.status, 0) << what << finished;
  }
}

TEST_P(SealingInEnclaves, OpensAfterARestartAndAnUpgradeAndNowhereElse) {
  const std::string secret(100000, 's');
  const host::Image image = signed_image();
  const Finished to_signer = in_enclave(image, "seal-to-signer", secret);
  const Finished to_enclave = in_enclave(image, "seal", secret);
  ASSERT_EQ(to_signer.end.status, 0) << to_signer;
  ASSERT_EQ(to_enclave.end.status, 0) << to_enclave;
  EXPECT_EQ(in_enclave(image, "unseal", to_signer.output).output, secret);
  EXPECT_EQ(in_enclave(image, "unseal", to_enclave.output).output, secret);

  const host::Image newer = signed_image([](image::Manifest& m) {
    m.svn = 4;
    m.heap_size += 1 << 20;
  });
  EXPECT_EQ(in_enclave(newer, "unseal", to_signer.output).output, secret);
  EXPECT_EQ(in_enclave(newer, "unseal", to_enclave.output).end.status, 3);
  const Finished downgrade = in_enclave(image, "unseal", in_enclave(newer, "seal-to-signer", secret).output);
  EXPECT_EQ(downgrade.end.status, 3);
  EXPECT_THAT(downgrade.error, HasSubstr("permission_denied"));

  const host::Image strangers[] = {
      signed_image([](image::Manifest& m) { m.product_id = 8; }),
      signed_image({}, crypto::RsaPrivateKey::generate().value()),
      image_of(kProgram, allow_host_arguments),
  };
  for (const host::Image& stranger : strangers) {
    const Finished refused = in_enclave(stranger, "unseal", to_signer.output);
    EXPECT_EQ(refused.end.status, 3) << refused;
    EXPECT_EQ(refused.output, "");
  }
  const host::Image debug = signed_image([](image::Manifest& m) { m.debug = true; });
  EXPECT_EQ(in_enclave(debug, "unseal", to_signer.output, true).end.status, 3);
}

TEST_P(SealingInEnclaves, DoesNotOpenInAnotherTee) {
  const host::Tee other = GetParam() == host::Tee::kVm ? host::Tee::kProcess : host::Tee::kVm;
  if (!host::check_available(other)) GTEST_SKIP() << "this machine has one TEE only";
  const host::Image image = signed_image();
  const Finished sealed = in_enclave(image, "seal", "secret");
  EXPECT_EQ(run(image, {.tee = other, .arguments = {"unseal"}, .input = sealed.output}).end.status, 3);
}

TEST_P(SealingInEnclaves, CountersOnlyGrow) {
  if (GetParam() == host::Tee::kSgx) {
    EXPECT_EQ(in_enclave(signed_image(), "count").end.status, 3);
    GTEST_SKIP() << "SGX has no monotonic counters";
  }
  const host::Image image = signed_image();
  const int first = std::stoi(in_enclave(image, "count").output);
  EXPECT_EQ(std::stoi(in_enclave(image, "count").output), first + 1);
  EXPECT_EQ(std::stoi(in_enclave(image, "count").output), first + 2);
}

TEST_P(SealingInEnclaves, EvidenceSaysWhoTheEnclaveIsAndInWhichTee) {
  const std::string nonce = "sixteen letters.";
  if (GetParam() == host::Tee::kSgx) GTEST_SKIP() << "evidence is a quote there: evidence_test.cc";
  const auto judged = [&](const host::Image& image, bool debug) {
    const Finished made = in_enclave(image, "evidence", nonce, debug);
    EXPECT_EQ(made.end.status, 0) << made;
    const auto policy = attest::Policy::parse(
        "version = 1\n[[allow]]\ntee = [\"" + std::string(to_string(GetParam())) + "\"]\nmeasurement = [\"" +
            to_hex(image.identity().mrenclave) + "\"]\ninsecure_unrooted = true\n",
        "test");
    attest::VerificationOptions options;
    options.nonce = to_bytes(as_bytes(nonce));
    options.policy = &*policy;
    return attest::verify(as_bytes(made.output), options);
  };
  const host::Image image = signed_image();
  const auto result = judged(image, false);
  EXPECT_EQ(to_string(result.verdict), "accepted");
  EXPECT_EQ(result.claims.signer, to_bytes(image.identity().mrsigner));
  EXPECT_EQ(result.claims.svn, 3U);
  EXPECT_EQ(result.claims.report_data, to_bytes(as_bytes("key")));
  const auto debug = judged(signed_image([](image::Manifest& m) { m.debug = true; }), true);
  EXPECT_EQ(to_string(debug.verdict), "refused");
  EXPECT_EQ(debug.claims.debug, true);
}

TEST_P(SealingInEnclaves, ThePlatformSecretIsItsUsersAlone) {
  if (GetParam() == host::Tee::kSgx) GTEST_SKIP() << "the secret is the processor's";
  ASSERT_EQ(in_enclave(signed_image(), "seal", "x").end.status, 0);
  struct stat status {};
  ASSERT_EQ(stat((state_ / "platform.secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(status.st_uid, geteuid());
  ASSERT_EQ(stat(state_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

INSTANTIATE_TEST_SUITE_P(Tee, SealingInEnclaves, kTees, tee_name);

}  // namespace
}  // namespace strongroom::tee_test
