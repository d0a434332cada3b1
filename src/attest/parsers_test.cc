// What the parsers below the formats refuse, where no case of a format's own table comes to it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/cbor.h"
#include "attest/cmw/cmw_json.h"
#include "attest/eat/token_claims.h"
#include "attest/json.h"
#include "attest/protobuf.h"
#include "attest/testing/expectation.h"
#include "attest/testing/pki.h"
#include "attest/tpm/tpm_evidence.h"

namespace strongroom::attest {
namespace {

using testing::Key;

template <typename T>
std::string why_refused(const Result<T>& result) {
  return result ? "accepted" : result.error().message;
}

TEST(Protobuf, TakesNumbersInTheirShortestFormAlone) {
  EXPECT_TRUE(parse_protobuf(Bytes{0x08, 0x00}));
  EXPECT_TRUE(parse_protobuf(Bytes{0x08, 0x80, 0x01}));
  EXPECT_EQ(why_refused(parse_protobuf(Bytes{0x08, 0x80, 0x00})),
            "protobuf: a number is not in its shortest form");
}

TEST(Json, TakesHexadecimalTextOfTheWantedSizeAlone) {
  const nlohmann::json object = {{"digest", "00ff"}};
  EXPECT_TRUE(json_hex(object, "digest", 2));
  EXPECT_FALSE(json_hex(object, "digest", 1));
  EXPECT_FALSE(json_hex(object, "digest", 3));
}

TEST(CmwJson, NestsCollectionsEightDeep) {
  const auto nested = [](int depth) {
    std::string text = R"({"a":["application/eat+cwt","AA"]})";
    for (int i = 0; i < depth; ++i) text = R"({"a":)" + text + "}";
    return to_bytes(as_bytes(text));
  };
  EXPECT_TRUE(cmw::parse_cmw_json(nested(7)));
  EXPECT_EQ(why_refused(cmw::parse_cmw_json(nested(9))), "CMW: collections are nested more than 8 deep");
}

TEST(TpmEvidenceJson, HoldsAQuote) {
  const std::string text = R"({"tpm_evidence":1,"quotes":[]})";
  EXPECT_EQ(why_refused(tpm::parse_attestation_json(as_bytes(text))), "TPM evidence: it holds no quote");
}

TEST(TpmEvidenceJson, HoldsEachPcrOfADumpOnce) {
  const auto dump = [](int second) {
    return fmt::format(
        R"({{"Static":{{"TPMVersion":2}},"AK":{{"Public":"AA=="}},"Quote":{{"Quote":"AA==","Signature":"AA=="}},)"
        R"("Log":{{"PCRs":[{{"Index":7,"DigestAlg":5,"Digest":"AA=="}},)"
        R"({{"Index":{},"DigestAlg":5,"Digest":"AQ=="}}]}}}})",
        second);
  };
  EXPECT_TRUE(tpm::parse_attestation_json(as_bytes(dump(8))));
  EXPECT_EQ(why_refused(tpm::parse_attestation_json(as_bytes(dump(7)))), "TPM evidence: PCR 7 stands twice");
}

TEST(TokenClaims, HaveTheirTypes) {
  // {10 (nonce): text of eight characters}, {10: as many bytes}
  Bytes as_text = {0xa1, 0x0a, 0x68, 'n', 'o', 'n', 'c', 'e', '-', 'o', 'f'};
  Bytes as_string = as_text;
  as_string[2] = 0x48;
  const CborItem text = parse_cbor(as_text).value(), string = parse_cbor(as_string).value();
  EXPECT_TRUE(eat::TokenClaims(string, "token").nonce());
  EXPECT_EQ(why_refused(eat::TokenClaims(text, "token").nonce()), "token: it has no nonce (claim 10)");
}

TEST(CertificateByItself, IsEvidenceOfNothingThatRuns) {
  VerificationOptions options;
  testing::CertificateSpec certificate;
  certificate.common_name = "alone";
  certificate.from = options.time - std::chrono::hours(1);
  certificate.until = options.time + std::chrono::hours(1);
  const testing::Identity issued = testing::issue(certificate, Key::make(Key::Kind::kP256), nullptr);
  testing::expect(verify(issued.der, options),
                  {Verdict::kUndetermined, "certificate.evidence", Outcome::kMissing});
}

}  // namespace
}  // namespace strongroom::attest
