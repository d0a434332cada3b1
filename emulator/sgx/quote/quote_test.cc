#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "core/platform.h"
#include "crypto/pem.h"
#include "quote/quoting_enclave.h"
#include "strongroom/attest.h"

namespace strongroom::sgx {
namespace {

namespace fs = std::filesystem;
using attest::Verdict;

class Quotes : public testing::Test {
 protected:
  Quotes() : directory_(fs::temp_directory_path() / ("strongroom-sgx-quotes-" + std::to_string(getpid()))) {
    fs::remove_all(directory_);
  }
  ~Quotes() override { fs::remove_all(directory_); }

  TestPki pki() { return open_test_pki(directory_ / "pki").value(); }
  static arch::Report report(const arch::TargetInfo& target, const arch::Platform& platform) {
    arch::EnclaveIdentity enclave;
    enclave.mrenclave.fill(0x31);
    enclave.attributes = {arch::kAttributeInit | arch::kAttributeMode64, arch::kXfrmLegacy};
    return *arch::ereport(platform, enclave, target, {7});
  }
  static arch::Report good_report() {
    return report(arch::target_info(quoting_enclave()), emulated_platform());
  }
  // With the root and the collateral that the PKI offers, or without.
  attest::VerificationResult judge(const Bytes& quote, bool name_root) {
    attest::VerificationOptions options;
    options.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    attest::Collateral collateral;
    for (const auto& file : fs::directory_iterator(directory_ / "pki/collateral"))
      EXPECT_TRUE(collateral.add(read_file(file.path()).value(), file.path())) << file.path();
    const Bytes root = read_file(directory_ / "pki/root.pem").value();
    EXPECT_TRUE(collateral.add(root, "root.pem"));
    options.collateral = &collateral;
    if (name_root)
      options.extra_roots.push_back(
          {"emulator", crypto::certificates_from_pem(root).value().at(0).key_fingerprint()});
    return attest::verify(quote, options);
  }

  fs::path directory_;
};

TEST_F(Quotes, AreAcceptedWhereTheirTestRootIsNamedAndNeverPassForHardware) {
  const auto result = judge(make_quote(good_report(), pki()).value(), true);
  EXPECT_EQ(result.verdict, Verdict::kAccepted);
  EXPECT_EQ(result.format, "sgx-quote-v3");
  EXPECT_EQ(result.claims.tee, "sgx-emulator");
  EXPECT_EQ(result.claims.measurement, Bytes(32, 0x31));
  EXPECT_EQ(result.claims.root, "extra:emulator");
  EXPECT_EQ(result.tcb_status, "UpToDate");
  EXPECT_THAT(result.findings, testing::Contains(testing::AllOf(
                                   testing::Field(&attest::Finding::check, "emulator"),
                                   testing::Field(&attest::Finding::outcome, attest::Outcome::kWarning))));
}

TEST_F(Quotes, AreRefusedWhereTheirTestRootIsNotNamed) {
  const auto result = judge(make_quote(good_report(), pki()).value(), false);
  EXPECT_EQ(result.verdict, Verdict::kRefused);
  EXPECT_FALSE(result.authentic);
  EXPECT_EQ(result.claims.tee, "sgx-emulator");
}

TEST_F(Quotes, AreNotMadeOfForgedReports) {
  const TestPki keys = pki();
  ASSERT_TRUE(make_quote(good_report(), keys));
  for (size_t at = 0; at < sizeof(arch::Report); ++at) {
    Bytes bytes = to_bytes(object_bytes(good_report()));
    bytes[at] ^= 1;
    ByteReader reader(bytes);
    const auto quote = make_quote(reader.object<arch::Report>("REPORT").value(), keys);
    ASSERT_FALSE(quote) << at;
    EXPECT_EQ(quote.error().code, ErrorCode::kVerificationFailed);
  }
}

TEST_F(Quotes, AreNotMadeOfReportsForOthersOrOfOtherPlatforms) {
  const TestPki keys = pki();
  arch::EnclaveIdentity other = quoting_enclave();
  other.mrenclave[0] ^= 1;
  EXPECT_FALSE(make_quote(report(arch::target_info(other), emulated_platform()), keys));
  arch::Platform elsewhere = emulated_platform();
  elsewhere.secret.device_key[0] ^= 1;
  EXPECT_FALSE(make_quote(report(arch::target_info(quoting_enclave()), elsewhere), keys));
}

TEST_F(Quotes, HaveOneKeyForTheLifeOfThePki) {
  const TestPki first = pki(), again = pki();
  EXPECT_EQ(first.attestation_key.public_key().point(), again.attestation_key.public_key().point());
  EXPECT_EQ(first.certification, again.certification);
}

TEST_F(Quotes, HaveAKeyThatItsUserAloneReads) {
  pki();
  struct stat status {};
  ASSERT_EQ(stat((directory_ / "pki/attestation-key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  ASSERT_EQ(stat((directory_ / "pki").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  // Nothing is left of making it.
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(Quotes, SayInTheNamesOfTheirCertificatesThatTheyAreForTests) {
  const TestPki keys = pki();
  const std::string chain(as_text(keys.certification));
  const auto begin = keys.certification.begin() + static_cast<std::ptrdiff_t>(chain.find("-----BEGIN"));
  const auto certificates = crypto::certificates_from_pem(Bytes(begin, keys.certification.end())).value();
  ASSERT_EQ(certificates.size(), 3u);
  for (const auto& certificate : certificates)
    EXPECT_THAT(certificate.common_name(), testing::HasSubstr("emulator TEST"));
}

}  // namespace
}  // namespace strongroom::sgx
