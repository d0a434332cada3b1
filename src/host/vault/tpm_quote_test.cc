// Evidence with a software TPM (swtpm) as its root, from the vault to the verifier: nothing here says
// anything about hardware.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "arch/test_platform.h"
#include "base/encoding.h"
#include "host/vault/enclave_service.h"
#include "host/vault/software_tpm.h"
#include "host/vault/tpm.h"
#include "host/vault/tpm_process.h"
#include "strongroom/attest.h"

namespace strongroom::host {
namespace {

const Bytes kNonce(16, 0x77);

Bytes evidence_of(PlatformStore& store, const AskTpm& tpm) {
  const Admission admission{.identity = arch::test_enclave(), .tee = tee::TeeKind::kVm, .is_signed = true};
  EnclaveService service(admission, store, tpm);
  Bytes answer = service.answer(ByteWriter()
                                    .little(static_cast<uint32_t>(arch::KeeperRequest::kEvidence))
                                    .little(uint32_t{16})
                                    .bytes(kNonce)
                                    .little(uint32_t{0})
                                    .take());
  EXPECT_EQ(answer.at(0), 0);
  return Bytes(answer.begin() + 4, answer.end());
}

AskTpm ask(Tpm& tpm) {
  return [&tpm](ByteView data) { return tpm.quote(data); };
}

// The TPM's attestation key, as its administrator would take it after credential activation.
Bytes attestation_area(Tpm& tpm) {
  const Bytes quote = tpm.quote({}).value();
  const auto json = nlohmann::json::parse(as_text(quote));
  return from_base64(json["ak_public"].get<std::string>()).value();
}

attest::VerificationResult judge(const Bytes& token, const Bytes& area) {
  attest::Collateral collateral;
  if (!area.empty()) (void)collateral.add(area, "attestation key").value();
  attest::VerificationOptions options;
  options.nonce = kNonce;
  options.collateral = &collateral;
  return attest::verify(token, options);
}

TEST_F(WithTpm, VouchesForTheKeyOfEvidence) {
  PlatformStore store = PlatformStore::open(directory_ / "state").value();
  auto tpm = Tpm::open();
  ASSERT_TRUE(tpm) << tpm.error().message;
  const Bytes token = evidence_of(store, ask(*tpm));
  const auto result = judge(token, attestation_area(*tpm));
  EXPECT_EQ(to_string(result.verdict), "accepted");
  EXPECT_EQ(result.claims.root, "given-keys");
  EXPECT_EQ(std::get<std::string>(result.claims.vendor.at("keeper.root")), "tpm");
  ASSERT_EQ(result.layers.size(), 1U);
  EXPECT_EQ(result.layers[0].format, "tpm-evidence");
  // All of PCR 0 to 15 are quoted, and a policy may demand them; of the firmware that this TPM has not, zero.
  for (unsigned pcr = 0; pcr < 16; ++pcr)
    EXPECT_EQ(std::get<Bytes>(result.claims.vendor.at("tpm.pcr" + std::to_string(pcr))), Bytes(32)) << pcr;
  EXPECT_FALSE(result.claims.vendor.contains("tpm.pcr16"));
}

TEST_F(WithTpm, VouchesForNothingWhereNobodyKnowsIt) {
  PlatformStore store = PlatformStore::open(directory_ / "state").value();
  Tpm tpm = Tpm::open().value();
  const Bytes token = evidence_of(store, ask(tpm));
  EXPECT_EQ(to_string(judge(token, {}).verdict), "undetermined");
  // Another machine's.
  Bytes area;
  {
    const SoftwareTpm other(directory_ / "two");
    other.select();
    Tpm stranger = Tpm::open().value();
    area = attestation_area(stranger);
  }
  EXPECT_EQ(to_string(judge(token, area).verdict), "undetermined");
}

TEST_F(WithTpm, QuotesWithOneKeyThatSurvivesARestart) {
  Bytes first;
  {
    Tpm tpm = Tpm::open().value();
    first = attestation_area(tpm);
    EXPECT_EQ(attestation_area(tpm), first);
    EXPECT_EQ(tpm.quote(Bytes(33)).error().code, ErrorCode::kInvalidArgument);
  }
  Tpm tpm = Tpm::open().value();
  EXPECT_EQ(attestation_area(tpm), first);
}

TEST_F(WithTpm, AnswersFromAProcessOfItsOwnAsLongAsItIsThere) {
  auto process = TpmProcess::start();
  ASSERT_TRUE(process) << process.error().message;
  Tpm tpm = Tpm::open().value();
  PlatformStore store = PlatformStore::open(directory_ / "state").value();
  const Bytes area = attestation_area(tpm);
  { const Tpm closed = std::move(tpm); }  // swtpm serves one at a time
  const AskTpm ask_it = [&](ByteView data) { return process->quote(data); };
  for (int round = 0; round < 2; ++round)
    EXPECT_EQ(to_string(judge(evidence_of(store, ask_it), area).verdict), "accepted");
  EXPECT_EQ(process->quote(Bytes(31)).error().code, ErrorCode::kInvalidArgument);
  first_.reset();
  EXPECT_FALSE(process->quote(Bytes(32)));
  setenv("STRONGROOM_TPM", "none", 1);
  EXPECT_EQ(TpmProcess::start().error().code, ErrorCode::kNotFound);
}

TEST_F(WithTpm, ThatIsGoneLeavesEvidenceUnrooted) {
  PlatformStore store = PlatformStore::open(directory_ / "state").value();
  Tpm tpm = Tpm::open().value();
  first_.reset();
  const auto result = judge(evidence_of(store, ask(tpm)), {});
  EXPECT_EQ(to_string(result.verdict), "refused");
  EXPECT_EQ(std::get<std::string>(result.claims.vendor.at("keeper.root")), "unrooted");
}

}  // namespace
}  // namespace strongroom::host
