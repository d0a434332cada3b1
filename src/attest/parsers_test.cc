// What the parsers below the formats refuse, where no case of a format's own table comes to it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/cbor.h"
#include "attest/cmw/cmw_json.h"
#include "attest/eat/token_claims.h"
#include "attest/intel/enclave_identity.h"
#include "attest/intel/pcs_json.h"
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

TEST(Json, IsReadAsItStandsOrNotAtAll) {
  const std::string text = R"({"a":[1,-2,0.5,true,null,"x",{"b":{}},[]],"c":{"d":"\u00e9"}})";
  EXPECT_EQ(parse_json(as_bytes(text)).value(), nlohmann::json::parse(text));
  EXPECT_EQ(parse_json(as_bytes("7")).value(), nlohmann::json(7));
  for (const char* wrong :
       {"", "{", "[1,]", "{} {}", "{}x", "[1e999]", "{\"a\"}", "\"\xff\"", "nul", "[01]", "}"})
    EXPECT_EQ(why_refused(parse_json(as_bytes(wrong))), "JSON: it does not parse") << wrong;
  EXPECT_EQ(why_refused(parse_json(as_bytes(R"({"a":1,"b":{"a":2},"a":1})"))), "JSON: a key occurs twice");
  EXPECT_EQ(why_refused(parse_json(as_bytes(R"([[1]])"), 1)), "JSON: nested deeper than 1");
  EXPECT_TRUE(parse_json(as_bytes(R"([[1],[2]])"), 2));
}

TEST(Json, HoldsHalfAMillionValuesAtMost) {
  std::string text = "[";
  for (size_t i = 1; i < (1 << 19); ++i) text += "{},";
  EXPECT_EQ(parse_json(as_bytes(text.substr(0, text.size() - 1) + "]")).value().size(), (1U << 19) - 1);
  EXPECT_EQ(why_refused(parse_json(as_bytes(text + "1]"))), "JSON: more than 524288 values");
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

TEST(IntelCollateral, HasALevelAtLeast) {
  const auto levels = nlohmann::json::parse(R"({"tcbLevels":[]})");
  EXPECT_EQ(why_refused(intel::pcs_isv_levels(levels)), "tcbLevels is empty");
}

TEST(IntelCollateral, NamesAnEnclaveThatIsKnown) {
  const auto identity = [](std::string_view id) {
    return fmt::format(
        R"({{"enclaveIdentity":{{"id":"{}","version":2,"issueDate":"2024-01-01T00:00:00Z",)"
        R"("nextUpdate":"2024-02-01T00:00:00Z","tcbEvaluationDataNumber":1,"miscselect":"00000000",)"
        R"("miscselectMask":"FFFFFFFF","attributes":"{}","attributesMask":"{}","mrsigner":"{}","isvprodid":1,)"
        R"("tcbLevels":[{{"tcb":{{"isvsvn":1}},"tcbDate":"2024-01-01T00:00:00Z","tcbStatus":"UpToDate"}}]}},)"
        R"("signature":"{}"}})",
        id, std::string(32, '0'), std::string(32, 'F'), std::string(64, '0'), std::string(128, '0'));
  };
  EXPECT_EQ(why_refused(intel::parse_enclave_identity(as_bytes(identity("QE")))), "accepted");
  EXPECT_THAT(why_refused(intel::parse_enclave_identity(as_bytes(identity("PCE")))),
              ::testing::HasSubstr("id \"PCE\" is not known"));
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
