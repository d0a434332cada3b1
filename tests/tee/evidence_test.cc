// Evidence of real enclaves whose keeper has a TPM; a software one (swtpm), which says nothing about
// hardware.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/pem.h"
#include "host/vault/software_tpm.h"
#include "running.h"
#include "strongroom/attest.h"

namespace strongroom::tee_test {
namespace {

namespace fs = std::filesystem;

class EvidenceWithTpm : public InTee {
 protected:
  static void SetUpTestSuite() {
    directory_ = fs::temp_directory_path() / ("strongroom-evidence-" + std::to_string(getpid()));
    fs::create_directories(directory_);
    setenv("STRONGROOM_STATE", (directory_ / "state").c_str(), 1);  // before the first launch
    if (!host::software_tpm_is_installed()) return;
    tpm_ = std::make_unique<host::SoftwareTpm>(directory_ / "tpm");
    tpm_->select();
  }
  static void TearDownTestSuite() {
    tpm_.reset();
    fs::remove_all(directory_);
  }
  static inline fs::path directory_;
  static inline std::unique_ptr<host::SoftwareTpm> tpm_;
};

// The vault keeps its way to the TPM when it has shut itself off from everything else.
TEST_P(EvidenceWithTpm, IsRootedInItsQuote) {
  if (!tpm_) GTEST_SKIP() << "swtpm is not installed (scripts/install-dependencies --test)";
  const host::Image image = image_of(STRONGROOM_SEALER, allow_host_arguments);
  const std::string nonce = "sixteen letters.";
  for (int round = 0; round < 2; ++round) {
    const Finished made = run(image, {.tee = GetParam(), .arguments = {"evidence"}, .input = nonce});
    ASSERT_EQ(made.end.status, 0) << made;
    attest::VerificationOptions options;
    options.nonce = to_bytes(as_bytes(nonce));
    const auto result = attest::verify(as_bytes(made.output), options);
    // Nobody has told the verifier about this TPM.
    EXPECT_EQ(to_string(result.verdict), "undetermined") << made;
    EXPECT_EQ(result.claims.measurement, to_bytes(image.identity().mrenclave));
    ASSERT_EQ(result.layers.size(), 1U);
    for (const attest::Finding& finding : result.findings)
      EXPECT_NE(finding.outcome, attest::Outcome::kFailed) << finding.check << ": " << finding.why;
    for (const attest::Finding& finding : result.layers[0].findings)
      EXPECT_EQ(finding.outcome == attest::Outcome::kMissing, finding.check == "ak.trust") << finding.check;
  }
}

// Evidence of SGX enclaves is a quote, below.
INSTANTIATE_TEST_SUITE_P(Tee, EvidenceWithTpm, testing::Values(host::Tee::kProcess, host::Tee::kVm),
                         tee_name);

// Quotes of the emulated platform, whose test PKI lies in the state directory.
class EvidenceInSgx : public InTee {
 protected:
  static void SetUpTestSuite() {
    state_ = fs::temp_directory_path() / ("strongroom-sgx-evidence-" + std::to_string(getpid()));
    setenv("STRONGROOM_STATE", state_.c_str(), 1);  // before the first launch
  }
  static void TearDownTestSuite() { fs::remove_all(state_); }
  static Finished ask(const host::Image& image, bool debug = false) {
    return run(image, {.tee = GetParam(), .arguments = {"evidence"}, .input = kNonce, .debug = debug});
  }
  static attest::VerificationResult judge(const Bytes& evidence, const std::string& nonce, bool name_root) {
    attest::VerificationOptions options;
    options.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    options.nonce = to_bytes(as_bytes(nonce));
    attest::Collateral collateral;
    for (const auto& file : fs::directory_iterator(state_ / "sgx-emulator/collateral"))
      (void)collateral.add(read_file(file.path()).value(), file.path());
    const Bytes root = read_file(state_ / "sgx-emulator/root.pem").value();
    (void)collateral.add(root, "root.pem");
    options.collateral = &collateral;
    if (name_root)
      options.extra_roots.push_back(
          {"emulator", crypto::certificates_from_pem(root).value().at(0).key_fingerprint()});
    return attest::verify(evidence, options);
  }
  static constexpr char kNonce[] = "sixteen letters.";
  static inline fs::path state_;
};

TEST_P(EvidenceInSgx, IsAQuoteThatBindsNonceAndUserData) {
  const host::Image image = image_of(STRONGROOM_SEALER, allow_host_arguments);
  const Finished made = ask(image);
  ASSERT_EQ(made.end.status, 0) << made;
  const Bytes evidence = to_bytes(as_bytes(made.output));
  const auto result = judge(evidence, kNonce, true);
  EXPECT_EQ(result.verdict, attest::Verdict::kAccepted) << made;
  EXPECT_EQ(result.claims.tee, "sgx-emulator");
  EXPECT_EQ(result.claims.measurement, to_bytes(image.identity().mrenclave));
  EXPECT_EQ(result.claims.report_data, to_bytes(as_bytes("key")));
  EXPECT_EQ(result.claims.nonce, to_bytes(as_bytes(kNonce)));

  EXPECT_EQ(judge(evidence, kNonce, false).verdict, attest::Verdict::kRefused);
  EXPECT_EQ(judge(evidence, "another nonce...", true).verdict, attest::Verdict::kRefused);
  for (const size_t at : {size_t{60}, evidence.size() / 8, evidence.size() / 4, evidence.size() / 3}) {
    Bytes changed = evidence;
    changed[at] ^= 1;
    EXPECT_NE(judge(changed, kNonce, true).verdict, attest::Verdict::kAccepted) << at;
  }
}

TEST_P(EvidenceInSgx, OfADebugEnclaveIsRefused) {
  const host::Image image = image_of(STRONGROOM_SEALER, [](image::Manifest& manifest) {
    allow_host_arguments(manifest);
    manifest.debug = true;
  });
  const Finished made = ask(image, true);
  ASSERT_EQ(made.end.status, 0) << made;
  const auto result = judge(to_bytes(as_bytes(made.output)), kNonce, true);
  EXPECT_EQ(result.verdict, attest::Verdict::kRefused);
  EXPECT_EQ(result.claims.debug, true);
}

INSTANTIATE_TEST_SUITE_P(Tee, EvidenceInSgx, testing::Values(host::Tee::kSgx), tee_name);

}  // namespace
}  // namespace strongroom::tee_test
