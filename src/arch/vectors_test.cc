// REPORT bodies that real processors made, out of quotes that vendors and projects published. The files are
// not part of this repository: STRONGROOM_VECTORS names their directory; the default is ../shared/vectors
// beside it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "arch/fixed_bytes.h"
#include "arch/report_format.h"
#include "base/bytes.h"
#include "base/encoding.h"
#include "base/file.h"

namespace strongroom::arch {
namespace {

// What Intel publishes as QE Identity (PCS API version 4): its production quoting enclaves for SGX and for
// TDX.
constexpr std::string_view kSgxQuotingEnclaveSigner =
    "8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff";
constexpr std::string_view kTdQuotingEnclaveSigner =
    "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5";
constexpr uint16_t kSgxQuotingEnclaveProduct = 1;
constexpr uint16_t kTdQuotingEnclaveProduct = 2;

// Intel SGX ECDSA Quote Library API, appendix A, and Intel TDX DCAP Quoting Library API, appendix A.
constexpr size_t kQuoteHeaderSize = 48;
constexpr size_t kTdReportBodySize = 584;
constexpr size_t kSignatureAndKeySize = 128;
constexpr size_t kCertificationHeaderSize = 6;

std::filesystem::path vectors() {
  if (const char* named = std::getenv("STRONGROOM_VECTORS")) return named;
  const std::filesystem::path repository = STRONGROOM_SOURCE;
  const std::filesystem::path beside = repository / "../shared/vectors";
  return std::filesystem::is_directory(beside) ? beside : repository / "../../shared/vectors";
}

// Quotes that test generators made up, with random bytes for attributes.
bool is_made_up(const std::string& name) {
  return name.find("sgx-tdx-dcap-quoteveri") != std::string::npos ||
         name.find("confidential-computing") != std::string::npos;
}

std::vector<std::filesystem::path> quotes(const char* directory, std::string_view prefix) {
  std::vector<std::filesystem::path> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(vectors() / "dev" / directory, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix) && !is_made_up(name)) out.push_back(entry.path());
  }
  return out;
}

Result<ReportBody> report_body_at(const std::filesystem::path& path, size_t offset) {
  const Bytes quote = TRY(read_file(path));
  ByteReader reader(quote);
  TRY(reader.skip(offset, "quote"));
  return reader.object<ReportBody>("REPORT body");
}

void expect_production_enclave(const ReportBody& body, std::string_view signer, uint16_t product) {
  EXPECT_EQ(to_hex(body.mrsigner), signer);
  EXPECT_EQ(body.isv_prod_id, product);
  EXPECT_EQ(body.attributes.flags, kAttributeInit | kAttributeMode64 | kAttributeProvisionKey);
  EXPECT_EQ(body.attributes.xfrm & kXfrmLegacy, kXfrmLegacy);
  EXPECT_EQ(body.misc_select, 0u);
}

void expect_reserved_zero(const ReportBody& body) {
  EXPECT_TRUE(all_zero(body.reserved1));
  EXPECT_TRUE(all_zero(body.reserved2));
  EXPECT_TRUE(all_zero(body.reserved3));
  EXPECT_TRUE(all_zero(body.reserved4));
}

TEST(Vectors, TheQuotingEnclaveOfSgxQuotesIsIntels) {
  const auto files = quotes("sgx", "v3_");
  if (files.empty()) GTEST_SKIP() << "no quotes in " << vectors();
  for (const auto& file : files) {
    SCOPED_TRACE(file.filename());
    const auto body = report_body_at(file, kQuoteHeaderSize + sizeof(ReportBody) + 4 + kSignatureAndKeySize);
    ASSERT_TRUE(body) << body.error().message;
    expect_production_enclave(*body, kSgxQuotingEnclaveSigner, kSgxQuotingEnclaveProduct);
    expect_reserved_zero(*body);
  }
}

TEST(Vectors, TheQuotingEnclaveOfTdxQuotesIsIntels) {
  const auto files = quotes("tdx", "v4_");
  if (files.empty()) GTEST_SKIP() << "no quotes in " << vectors();
  for (const auto& file : files) {
    SCOPED_TRACE(file.filename());
    const auto body = report_body_at(
        file, kQuoteHeaderSize + kTdReportBodySize + 4 + kSignatureAndKeySize + kCertificationHeaderSize);
    ASSERT_TRUE(body) << body.error().message;
    expect_production_enclave(*body, kTdQuotingEnclaveSigner, kTdQuotingEnclaveProduct);
    expect_reserved_zero(*body);
  }
}

TEST(Vectors, TheQuotedEnclavesAreInitialisedAndTheirReservedBytesZero) {
  const auto files = quotes("sgx", "v3_");
  if (files.empty()) GTEST_SKIP() << "no quotes in " << vectors();
  for (const auto& file : files) {
    SCOPED_TRACE(file.filename());
    const auto body = report_body_at(file, kQuoteHeaderSize);
    ASSERT_TRUE(body) << body.error().message;
    expect_reserved_zero(*body);
    EXPECT_EQ(body->attributes.flags & (kAttributeInit | kAttributeMode64),
              kAttributeInit | kAttributeMode64);
    EXPECT_EQ(body->attributes.flags & ~kAttributeKnownFlags, 0u);
    EXPECT_EQ(body->attributes.xfrm & kXfrmLegacy, kXfrmLegacy);
    if ((body->attributes.flags & kAttributeKss) == 0) {
      EXPECT_TRUE(all_zero(body->config_id));
      EXPECT_TRUE(all_zero(body->isv_family_id));
      EXPECT_EQ(body->config_svn, 0);
    }
  }
}

// A signer's wishes, and what the processor made of them: aggregion/occlum-sgx-quote publishes the
// configuration (occlum.yaml: product_id 4000, version_number 5000, enable_kss, family_id 0x3423 and 0x2534,
// ext_prod_id 0x35432 and 0x423452, high and low) beside the quote of the enclave.
TEST(Vectors, AConfiguredEnclaveHasItsFieldsWhereTheyBelong) {
  const auto files = quotes("sgx", "v3_sgx_occlum-sgx-quote");
  if (files.empty()) GTEST_SKIP() << "no such quote in " << vectors();
  const ReportBody body = report_body_at(files.front(), kQuoteHeaderSize).value();
  EXPECT_NE(body.attributes.flags & kAttributeKss, 0u);
  EXPECT_EQ(body.isv_prod_id, 4000);
  EXPECT_EQ(body.isv_svn, 5000);
  ByteReader family(body.isv_family_id);
  EXPECT_EQ(family.little<uint64_t>("low").value(), 0x2534u);
  EXPECT_EQ(family.little<uint64_t>("high").value(), 0x3423u);
  ByteReader product(body.isv_ext_prod_id);
  EXPECT_EQ(product.little<uint64_t>("low").value(), 0x423452u);
  EXPECT_EQ(product.little<uint64_t>("high").value(), 0x35432u);
  EXPECT_FALSE(all_zero(body.config_id));
}

}  // namespace
}  // namespace strongroom::arch
