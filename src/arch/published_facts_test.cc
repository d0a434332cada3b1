// Values that others published, computed again here.
#include <gtest/gtest.h>

#include "arch/sigstruct.h"
#include "base/encoding.h"

namespace strongroom::arch {
namespace {

// The signing key of Fortanix's enclave-runner for tests (fortanix/rust-sgx, enclave-runner/src/dummy.key),
// and the MRSIGNER that Oasis publishes for it (oasisprotocol/oasis-core, go/common/sgx/common_test.go).
TEST(PublishedFacts, MrsignerOfTheFortanixDummyKey) {
  const auto key = crypto::RsaPublicKey::from_pem(
      "-----BEGIN PUBLIC KEY-----\n"
      "MIIBoDANBgkqhkiG9w0BAQEFAAOCAY0AMIIBiAKCAYEAsbAX4s+7kHIpH+ZVBKtd\n"
      "efCfMacpgQL72og5r4hKoj0l5tyDpH3yp+Tp1z+7EQqJC5vbQuX0U6WCoNxs5/n9\n"
      "LJy/b750Kee6NEoM7F9iSDka92ovTSW7NYrkMUpRCLHRIMVKKR30sCfwPXVlrmMe\n"
      "VPjRe/6E+lbWfTztbL6HGr69yNvtqqFITS31e9eHkIy0csriCGgaRmptkeuyTHMr\n"
      "uatccwu1IU+WWE/v/n8MhO5hLA2zJpja7aoWNdzL8Hv0XvQvg9/VHP/kbdSpX1s3\n"
      "Bhqhw5T2iPO1JWvw8QucaQXwJEPygtCqWO0sYX6bj44S1LtAEBekBEWzah6jsMrW\n"
      "u1oDDfuEFLNyc7VCTTzpvPJWlG9KN3x4qCSPQEAduEl9zwB5WqedaoHujVWol+4i\n"
      "ho50ZciY29MyxeASktbJlTDEaj1g5mpPC4QCqWWWIvaU0FtwAkrNUfrx3I79bs8+\n"
      "L8cQYy6+2o8ygVOn76plD0RtmDUAVMAfVEN16wkT+suPAgED\n"
      "-----END PUBLIC KEY-----\n");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(to_hex(signer_identity(*key)),
            "9affcfae47b848ec2caf1c49b4b283531e1cc425f93582b36806e52a43d78d1a");
}

// oasisprotocol/oasis-core, go/common/sgx/sigstruct/sigstruct_test.go: what is signed of the SIGSTRUCT that
// Fortanix's sgxs-sign makes with `--xfrm 3/0xe4 --date 20160109`.
TEST(PublishedFacts, DigestOfFortanixAndOasisTestSigstruct) {
  SigstructContents contents;
  const Bytes measurement =
      from_hex("c50673624a6cb17c1c6c2a4e6906f47a170c4629b8723781d1017ef376f1a75d").value();
  std::copy(measurement.begin(), measurement.end(), contents.measurement.begin());
  contents.date = 0x20160109;
  contents.attributes = {kAttributeMode64, kXfrmLegacy};
  contents.attribute_mask = {~uint64_t{kAttributeDebug}, ~uint64_t{0xe4}};
  Sigstruct sigstruct = make_sigstruct(contents);
  EXPECT_EQ(to_hex(sigstruct_digest(sigstruct)),
            "ea7ced3b8c78324bce65ad851152a125fd1989df324dc72b244ed5f44573ac95");
}

}  // namespace
}  // namespace strongroom::arch
