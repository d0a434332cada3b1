// Reports of NVIDIA's GPUs and switches, and the manifests that say what they should measure.
#include <gtest/gtest.h>

#include "attest/tests/vectors.h"
#include "base/encoding.h"

namespace strongroom::attest {
namespace {

VerificationResult judge(const Bytes& evidence, const std::vector<std::string>& collateral,
                         std::string_view nonce, const char* time = "2025-06-01T00:00:00Z") {
  Collateral all;
  for (const std::string& path : collateral) vectors::add(all, path);
  VerificationOptions options;
  options.time = vectors::time(time);
  options.collateral = &all;
  if (!nonce.empty()) options.nonce = from_hex(nonce).value();
  return verify(evidence, options);
}

Bytes hex_file(const std::string& path) {
  const Bytes content = vectors::bytes(path);
  std::string text(content.begin(), content.end());
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  const auto bytes = from_hex(text);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes.value_or(Bytes{});
}

Outcome outcome(const VerificationResult& result, std::string_view check) {
  for (const Finding& finding : result.findings)
    if (finding.check == check) return finding.outcome;
  return Outcome::kNotApplicable;
}

TEST(NvidiaIndex, BareReportsVerifyWithTheirCertificates) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult gpu = judge(hex_file("dev/nvidia/hopperAttestationReport.txt"),
                                       {"dev/nvidia/hopperCertChain.txt", "common/nvidia"}, "");
  EXPECT_TRUE(gpu.authentic) << vectors::trouble(gpu);
  EXPECT_EQ(gpu.verdict, Verdict::kUndetermined) << vectors::trouble(gpu);
  EXPECT_EQ(std::get<std::string>(gpu.claims.vendor.at("nvidia.vbios_version")), "96.00.5E.00.01");
  const VerificationResult other = judge(hex_file("dev/nvidia/switchAttestationReport.txt"),
                                         {"dev/nvidia/switchCertChain.txt", "common/nvidia"}, "");
  EXPECT_TRUE(other.authentic) << vectors::trouble(other);
  EXPECT_EQ(other.claims.tee, "nvidia-switch");
  EXPECT_EQ(judge(hex_file("dev/nvidia/hopperAttestationReport.txt"), {"dev/nvidia/switchCertChain.txt"}, "")
                .verdict,
            Verdict::kRefused);
  EXPECT_EQ(judge(hex_file("dev/nvidia/hopperAttestationReport.txt"), {}, "").verdict,
            Verdict::kUndetermined);
}

TEST(NvidiaIndex, InvalidSignatureIsRefused) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult result = judge(hex_file("dev/nvidia/hopperAttestationReportInvalidSignature.txt"),
                                          {"dev/nvidia/hopperCertChain.txt"}, "");
  EXPECT_EQ(outcome(result, "report.signature"), Outcome::kFailed);
  EXPECT_EQ(result.verdict, Verdict::kRefused);
}

struct Listed {
  const char* path;
  const char* nonce;
};
constexpr Listed kLists[] = {
    {"dev/nvidia/hopper_evidence.json", "e97b23a1718095a0e9e35edca810768c70a6a5a389b705e753b197912bc11576"},
    {"dev/nvidia/evidence_hopper_590_12.json",
     "e97b23a1718095a0e9e35edca810768c70a6a5a389b705e753b197912bc11576"},
    {"dev/nvidia/switch_evidence_ls10.json",
     "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb"},
    {"dev/nvidia/veraison_blackwell-evidence.json",
     "cb86922a772181d54971ccc584bbc96b717c32b7087fff9aaf52832dd3f697a1"}};

TEST(NvidiaIndex, JsonOfToolsIsAuthenticWithItsNonceAlone) {
  STRONGROOM_NEED_VECTORS();
  for (const Listed& one : kLists) {
    const VerificationResult result = judge(vectors::bytes(one.path), {"common/nvidia"}, one.nonce);
    EXPECT_TRUE(result.authentic) << one.path << "\n" << vectors::trouble(result);
    EXPECT_EQ(result.verdict, Verdict::kUndetermined) << one.path << "\n" << vectors::trouble(result);
    EXPECT_EQ(judge(vectors::bytes(one.path), {"common/nvidia"}, "00").verdict, Verdict::kRefused)
        << one.path;
  }
}

TEST(NvidiaIndex, ManifestsVerifyWhileTheirCertificatesAreValid) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult driver =
      judge(vectors::bytes("dev/nvidia/NV_GPU_DRIVER_GH100_550.144.03.xml"), {}, "");
  EXPECT_TRUE(driver.authentic) << vectors::trouble(driver);
  // Nobody who shows a public document has shown a machine.
  EXPECT_EQ(driver.verdict, Verdict::kUndetermined);
  const VerificationResult expired =
      judge(vectors::bytes("dev/nvidia/NV_GPU_DRIVER_GH100_570.124.03_expired.xml"), {}, "",
            "2031-01-01T00:00:00Z");
  EXPECT_EQ(outcome(expired, "rim.validity"), Outcome::kFailed) << vectors::trouble(expired);
  Bytes changed = vectors::bytes("dev/nvidia/NV_GPU_DRIVER_GH100_550.144.03.xml");
  const std::string_view text(reinterpret_cast<const char*>(changed.data()), changed.size());
  changed[text.find("4a5e4b3d501fe31f")] = '5';
  EXPECT_EQ(outcome(judge(changed, {}, ""), "rim.signature"), Outcome::kFailed);
}

TEST(NvidiaIndex, MeasurementsThatTheManifestDoesNotKnowAreRefused) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult result =
      judge(hex_file("dev/nvidia/hopperAttestationReport.txt"),
            {"dev/nvidia/hopperCertChain.txt",
             "dev/nvidia/NV_GPU_VBIOS_1010_0200_882_96005E0001_measurement_mismatch.xml"},
            "");
  EXPECT_EQ(result.verdict, Verdict::kRefused) << vectors::trouble(result);
}

TEST(NvidiaIndex, SwitchMeasuresWhatItsManifestSays) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult result =
      judge(hex_file("dev/nvidia/switchAttestationReport.txt"),
            {"dev/nvidia/switchCertChain.txt", "common/nvidia",
             "dev/nvidia/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml"},
            "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb", "2026-06-01T00:00:00Z");
  EXPECT_EQ(result.verdict, Verdict::kAccepted) << vectors::trouble(result);
}

}  // namespace
}  // namespace strongroom::attest
