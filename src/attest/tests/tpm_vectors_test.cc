// TPM quotes with their event logs, and the logs by themselves.
#include <gtest/gtest.h>

#include "attest/tests/vectors.h"
#include "base/encoding.h"

namespace strongroom::attest {
namespace {

struct Given {
  std::vector<std::string> collateral;
  std::string nonce;
  const char* time = "2026-01-01T00:00:00Z";
};

VerificationResult judge(const Bytes& evidence, const Given& given) {
  Collateral collateral;
  for (const std::string& path : given.collateral) vectors::add(collateral, path);
  VerificationOptions options;
  options.time = vectors::time(given.time);
  options.collateral = &collateral;
  if (!given.nonce.empty()) options.nonce = from_hex(given.nonce).value();
  return verify(evidence, options);
}

Outcome outcome(const VerificationResult& result, std::string_view check) {
  Outcome found = Outcome::kNotApplicable;
  for (const Finding& finding : result.findings)
    if (finding.check == check && found != Outcome::kFailed) found = finding.outcome;
  return found;
}

const std::vector<std::string> kKeylime = {"dev/tpm/keylime_quotesig.out", "dev/tpm/keylime_quotepcr.out",
                                           "dev/tpm/keylime_akpub.pem"};

TEST(TpmIndex, QuoteOfToolsVerifiesWithItsPiecesAndTheGivenKey) {
  STRONGROOM_NEED_VECTORS();
  const Bytes quote = vectors::bytes("dev/tpm/keylime_quote.out");
  const VerificationResult good = judge(quote, {kKeylime, {}});
  EXPECT_EQ(good.verdict, Verdict::kAccepted) << vectors::trouble(good);
  EXPECT_TRUE(good.authentic);
  EXPECT_TRUE(good.claims.vendor.contains("tpm.pcr15"));
  EXPECT_FALSE(good.claims.vendor.contains("tpm.pcr0"));
  // The key as the TPM marshals it, and not that of decryption beside it.
  std::vector<std::string> other = {kKeylime[0], kKeylime[1], "dev/tpm/keylime_ek.pub",
                                    "dev/tpm/keylime_ak.pub"};
  EXPECT_EQ(judge(quote, {other, {}}).verdict, Verdict::kAccepted)
      << vectors::trouble(judge(quote, {other, {}}));
  other = {kKeylime[0], kKeylime[1], "dev/tpm/keylime_ekpub.pem"};
  EXPECT_EQ(outcome(judge(quote, {other, {}}), "quote.signature"), Outcome::kFailed);
  EXPECT_EQ(judge(quote, {{kKeylime[0], kKeylime[2]}, {}}).verdict, Verdict::kUndetermined);
  EXPECT_EQ(judge(quote, {kKeylime, "0102"}).verdict, Verdict::kRefused);
}

TEST(TpmIndex, AttestationOfGoTpmToolsReplaysAndItsKeyMustBeVouchedFor) {
  STRONGROOM_NEED_VECTORS();
  const Bytes evidence = vectors::bytes("dev/tpm/gce-cos-85-nonce9009.pb");
  const VerificationResult result = judge(evidence, {{}, "9009"});
  EXPECT_EQ(outcome(result, "quote.signature"), Outcome::kPassed) << vectors::trouble(result);
  EXPECT_EQ(outcome(result, "quote.pcrs"), Outcome::kPassed) << vectors::trouble(result);
  EXPECT_EQ(outcome(result, "nonce"), Outcome::kPassed) << vectors::trouble(result);
  EXPECT_EQ(outcome(result, "eventlog.replay"), Outcome::kPassed) << vectors::trouble(result);
  EXPECT_EQ(outcome(result, "ak.trust"), Outcome::kMissing);
  EXPECT_EQ(result.verdict, Verdict::kUndetermined) << vectors::trouble(result);
  EXPECT_FALSE(result.authentic);
  EXPECT_TRUE(result.claims.vendor.contains("uefi.secure_boot"));
  EXPECT_EQ(judge(evidence, {{}, "9010"}).verdict, Verdict::kRefused);
}

TEST(TpmIndex, DumpOfGoAttestationReplays) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult result =
      judge(vectors::bytes("dev/tpm/goattest_windows_gcp_shielded_vm.json"), {{}, {}});
  EXPECT_EQ(outcome(result, "quote.signature"), Outcome::kPassed) << vectors::trouble(result);
  EXPECT_EQ(outcome(result, "quote.pcrs"), Outcome::kPassed) << vectors::trouble(result);
  EXPECT_EQ(outcome(result, "eventlog.replay"), Outcome::kPassed) << vectors::trouble(result);
  EXPECT_EQ(result.verdict, Verdict::kUndetermined) << vectors::trouble(result);
}

TEST(TpmIndex, EndorsementCertificatesChainToTheirAuthorityAlone) {
  STRONGROOM_NEED_VECTORS();
  for (const char* kind : {"rsa", "ecc"}) {
    const auto certificate = [&](const char* authority) {
      return judge(
          vectors::bytes(std::string("dev/tpm/cert_") + authority + "_tpm_" + kind + "_enc_cert.pem"),
          {{"common/gcp"}, {}});
    };
    EXPECT_TRUE(certificate("pca").authentic) << vectors::trouble(certificate("pca"));
    EXPECT_EQ(certificate("pca").claims.root, "google-ek-ak-root");
    EXPECT_EQ(certificate("pca").verdict, Verdict::kUndetermined);
    EXPECT_FALSE(certificate("uca").authentic);
  }
}

// "sha1[0]=a0487b0d9538 sha256[0]=..." of the row's notes: what each register begins with.
TEST(EventLogIndex, EveryLogReplaysToTheValuesOfItsRow) {
  STRONGROOM_NEED_VECTORS();
  size_t rows = 0, values = 0;
  for (const vectors::Row& row : vectors::table("dev/INDEX.tsv")) {
    if (!row.at("path").starts_with("dev/eventlog/")) continue;
    ++rows;
    const VerificationResult result = judge(vectors::bytes(row.at("path")), {{}, {}});
    EXPECT_NE(result.verdict, Verdict::kMalformed) << row.at("path") << "\n" << vectors::trouble(result);
    EXPECT_NE(result.verdict, Verdict::kAccepted);
    std::string text;
    for (const auto& [name, value] : row) text += value + " ";
    for (const char* bank : {"sha1[", "sha256[", "sha384["})
      for (size_t at = text.find(bank); at != std::string::npos; at = text.find(bank, at + 1)) {
        const size_t open = at + std::string(bank).size(), equals = text.find("]=", open);
        const unsigned index = static_cast<unsigned>(std::stoul(text.substr(open, equals - open)));
        // Notes end where their column did; and they pass over the locality that this machine started at.
        const std::string wanted =
            text.substr(equals + 2, std::min<size_t>(12, text.find(' ', equals) - equals - 2));
        if (index == 0 && row.at("path").ends_with("glinux-alex.bin")) continue;
        const std::string name = result.format == "ccel" ? "eventlog.rtmr" + std::to_string(index - 1)
                                                         : "eventlog." + std::string(bank, open - at - 1) +
                                                               ".pcr" + std::to_string(index);
        const auto claim = result.claims.vendor.find(name);
        ASSERT_NE(claim, result.claims.vendor.end()) << row.at("path") << " " << name;
        EXPECT_EQ(to_hex(std::get<Bytes>(claim->second)).substr(0, wanted.size()), wanted)
            << row.at("path") << " " << name;
        ++values;
      }
  }
  EXPECT_GE(rows, 16U);
  EXPECT_GT(values, 100U);
}

std::string quote_path(const std::string& part) {
  for (const vectors::Row& row : vectors::table("dev/INDEX.tsv"))
    if (row.at("path").find(part) != std::string::npos) return row.at("path");
  ADD_FAILURE() << part;
  return {};
}

TEST(EventLogIndex, RuntimeRegistersOfTdxQuotesComeOutOfTheirLogAlone) {
  STRONGROOM_NEED_VECTORS();
  const Bytes quote = vectors::bytes(quote_path("00b2526a"));
  const VerificationResult good = judge(quote, {{"dev/eventlog/go-eventlog_cos-113-intel-tdx.bin"}, {}});
  EXPECT_EQ(outcome(good, "eventlog.replay"), Outcome::kPassed) << vectors::trouble(good);
  EXPECT_EQ(outcome(good, "secure_boot"), Outcome::kWarning) << vectors::trouble(good);
  EXPECT_EQ(std::get<bool>(good.claims.vendor.at("uefi.secure_boot")), false);
  EXPECT_FALSE(std::get<std::vector<std::string>>(good.claims.vendor.at("uefi.dbx")).empty());
  const VerificationResult doubled =
      judge(quote, {{"dev/eventlog/go-eventlog_cos-113-intel-tdx-dupe-separator.bin"}, {}});
  EXPECT_EQ(outcome(doubled, "eventlog.replay"), Outcome::kFailed);
  EXPECT_EQ(doubled.verdict, Verdict::kRefused);
  EXPECT_FALSE(doubled.claims.vendor.contains("uefi.secure_boot"));
  EXPECT_EQ(outcome(judge(quote, {{}, {}}), "eventlog.replay"), Outcome::kNotApplicable);
}

}  // namespace
}  // namespace strongroom::attest
