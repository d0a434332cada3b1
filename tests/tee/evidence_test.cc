// Evidence of real enclaves whose keeper has a TPM; a software one (swtpm), which says nothing about
// hardware.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "base/encoding.h"
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

// Evidence of SGX enclaves would be quotes of the processor.
INSTANTIATE_TEST_SUITE_P(Tee, EvidenceWithTpm, testing::Values(host::Tee::kProcess, host::Tee::kVm),
                         tee_name);

}  // namespace
}  // namespace strongroom::tee_test
