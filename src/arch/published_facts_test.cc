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
Sigstruct fortanix_test_sigstruct() {
  SigstructContents contents;
  const Bytes measurement =
      from_hex("c50673624a6cb17c1c6c2a4e6906f47a170c4629b8723781d1017ef376f1a75d").value();
  std::copy(measurement.begin(), measurement.end(), contents.measurement.begin());
  contents.date = 0x20160109;
  contents.attributes = {kAttributeMode64, kXfrmLegacy};
  contents.attribute_mask = {~uint64_t{kAttributeDebug}, ~uint64_t{0xe4}};
  return make_sigstruct(contents);
}

TEST(PublishedFacts, DigestOfTheFortanixTestSigstruct) {
  EXPECT_EQ(to_hex(sigstruct_digest(fortanix_test_sigstruct())),
            "ea7ced3b8c78324bce65ad851152a125fd1989df324dc72b244ed5f44573ac95");
}

// The whole SIGSTRUCT of that test, as Fortanix published it (fortanix/rust-sgx, sgxs-tools, sgxs-sign's own
// test, 2016): modulus and signature as they stand in it, and the digest of all its 1808 bytes, q1 and q2
// among them.
constexpr std::string_view kFortanixModulus =
    "f357fd12f0287bd924ae74d602136d1b50565bc764d591d42f1866200bd671034df1e6b253d63e12046ad0b558d69bd4"
    "22b7f8248723465c9bb771285659b4c9dc9f7070079134dab01f013e772322334cd72f10156243859cd6444ef1609496"
    "772b94928970ffb7e2957ae483c72a36dd223ebf9cf1eb95ff5b03f959676baab18c2aefa0c523f711775cbba872793c"
    "b35249f5ab69b248f4e6d73807afb920d2b44d616bde4ab42e0f7aa412d3ab719c55ee37c4bd0192cbcac055c80665b6"
    "55d5776b014ef53d872639dfdb4e62109aa839771936bd0cb5b79e5bfb5f6deb71bbf28b165ba5091a0a4f3703e0c946"
    "be379e2f6dc39e74271d439ceb531bc206bbe0b85ff34e22667df2d5b7401e192f41e327b1a7a8f6f2d36cc757fc64e7"
    "094996462b133ece8c4c376689f72223f0258365cf987c985d279adf3e2b20fcc0978f171330ab0a596f713033c1ca22"
    "230a72bf00997e81c86e6602d9a2d694ae95418d1f5e6a32d6f946252d9366d2e925d915178f6543f6fd23fb82a883ae";
constexpr std::string_view kFortanixSignature =
    "bc956cd827084b1b697cee408a0384c51413e71b5f38231364ad78990ea68a36e585039ecbf070418d3691fa502dee2a"
    "a6c84692b289e3ec19bb22035158c0da4ff8730fa5791f972bab1ff1a0ebea40cf32fc2dd89fa6157fa559c446709b8b"
    "77c3dc322c7210f39c0382b3930092bc026901f444cabefd12f19d288f6f9ab891683ec52d6968852dcd83a0273f372e"
    "3654fa160ccafbdb18e32de5a2eb3fffcf04db3896b924301b7a336439f2e54993d04106d94d0980ba98012279a9ae48"
    "af8dd509c19a8d294f37904c191a93301ecfda7aef5c54c07cd3c04a2c322b15605f85f7ff3276eceafa614501c5c7c1"
    "12c9d4400c10d83a87c6ad1eb16ad34d1a784fab70925df8c3476e9e23c39dd8a439218422d8137400e3fb521ce7d5f0"
    "63301680d87bf98ddf55e0072b98cb66d7940ac949ebf4cf7ce5debda44e74a2c9c55b4818d4ff841b3ef5ec981be289"
    "9cc2199307f675c05b49f6816818c22bdb2314deb5e71e5875da3aa5a8fe123d8ee03e76c7d3f809d9da58f1cc440e20";
constexpr std::string_view kFortanixSigstructDigest =
    "7c315fa9798fc884e13feddeb12d05532cc432e057cea4aaf2cb07a63ea6f726";

crypto::RsaNumber big_endian(std::string_view little_endian_hex) {
  const Bytes little = from_hex(little_endian_hex).value();
  crypto::RsaNumber big;
  std::reverse_copy(little.begin(), little.end(), big.begin());
  return big;
}

TEST(PublishedFacts, TheWholeSigstructOfTheFortanixTest) {
  Sigstruct sigstruct = fortanix_test_sigstruct();
  const auto key = crypto::RsaPublicKey::from_modulus(big_endian(kFortanixModulus)).value();
  const auto attached = attach_signature(sigstruct, key, big_endian(kFortanixSignature));
  ASSERT_TRUE(attached) << attached.error().message;
  EXPECT_EQ(to_hex(crypto::sha256(object_bytes(sigstruct))), kFortanixSigstructDigest);
  EXPECT_EQ(find_fault(sigstruct), std::nullopt);
}

}  // namespace
}  // namespace strongroom::arch
