// Intel's sample PKI, and documents that its parsers must refuse.
#include <gtest/gtest.h>

#include "attest/intel/enclave_identity.h"
#include "attest/intel/tcb_info.h"
#include "attest/tests/vectors.h"
#include "crypto/pem.h"

namespace strongroom::attest {
namespace {

VerificationResult verify_sample(bool trust_its_root) {
  Collateral collateral;
  vectors::add(collateral, "dev/intel-qvl-sample-sgx");
  VerificationOptions options;
  options.collateral = &collateral;
  options.time = vectors::time("2024-01-01T00:00:00Z");
  if (trust_its_root) {
    const auto root =
        crypto::certificates_from_pem(vectors::bytes("dev/intel-qvl-sample-sgx/trustedRootCaCert.pem"));
    options.extra_roots.push_back({"sample", root.value().front().key_fingerprint()});
  }
  return verify(vectors::bytes("dev/intel-qvl-sample-sgx/quote.dat"), options);
}

TEST(IntelSample, IsAuthenticUnderItsOwnRootAlone) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult trusted = verify_sample(true);
  EXPECT_TRUE(trusted.authentic) << vectors::trouble(trusted);
  EXPECT_EQ(trusted.claims.root, "extra:sample");
  EXPECT_EQ(trusted.tcb_status, "UpToDate") << vectors::trouble(trusted);
  EXPECT_EQ(trusted.verdict, Verdict::kAccepted) << vectors::trouble(trusted);
  const VerificationResult untrusted = verify_sample(false);
  EXPECT_FALSE(untrusted.authentic);
  EXPECT_EQ(untrusted.verdict, Verdict::kRefused) << vectors::trouble(untrusted);
}

// Files of Intel's and others' test suites: "Negative" and "missing" ones break a rule of the documents'
// schema. Two others are older than what quotes are verified with: version 1, and a draft of version 2
// without pceId.
TEST(IntelCollateral, DocumentsThatBreakTheSchemaAreRefused) {
  STRONGROOM_NEED_VECTORS();
  int rows = 0;
  for (vectors::Row row : vectors::table("dev/INDEX.tsv")) {
    const std::string& path = row["path"];
    if (!path.starts_with("dev/collateral-parser/")) continue;
    ++rows;
    const Bytes text = vectors::bytes(path);
    const bool bad =
        path.find("Negative") != std::string::npos || path.find("missing_") != std::string::npos ||
        path.ends_with("/report_data_tcbInfo.json") || path.ends_with("/report_data_v2_tcbInfo.json");
    const bool parses =
        intel::parse_tcb_info(text).has_value() || intel::parse_enclave_identity(text).has_value();
    EXPECT_EQ(parses, !bad) << path;
  }
  EXPECT_EQ(rows, 34);
}

// Every document of the index is signed by Intel, byte for byte as it stands.
TEST(IntelCollateral, RealDocumentsParse) {
  STRONGROOM_NEED_VECTORS();
  int rows = 0;
  for (vectors::Row row : vectors::table("dev/INDEX.tsv")) {
    if (!row["format"].starts_with("PCS ")) continue;
    ++rows;
    Collateral collateral;
    vectors::add(collateral, row["path"]);
    const auto kind = row["format"].starts_with("PCS tcbinfo") ? CollateralKind::kIntelTcbInfo
                                                               : CollateralKind::kIntelEnclaveIdentity;
    EXPECT_EQ(collateral.add(vectors::bytes(row["path"]), "again").value(),
              std::vector<CollateralKind>{kind});
  }
  EXPECT_EQ(rows, 65);
}

}  // namespace
}  // namespace strongroom::attest
