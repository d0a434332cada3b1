// What may run, and what a host may tell a program: images are refused before launch unless they are what
// they say, and arguments and environment reach the program only where the manifest lets them.
#include <fcntl.h>
#include <gmock/gmock.h>

#include "base/file.h"
#include "crypto/test_signing_key.h"
#include "image/sign.h"
#include "running.h"

namespace strongroom::tee_test {
namespace {

using testing::HasSubstr;

const char* const kProgram = STRONGROOM_TEST_PROGRAMS "/tell";
constexpr uint32_t kDate = 0x20261121;

Bytes signed_file(const Adjust& adjust = {}) {
  Bytes file = build(kProgram, adjust);
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  EXPECT_TRUE(image::sign_image(file, key, kDate));
  return file;
}

host::Image open(const Bytes& file) {
  return host::Image::from_bytes(file).value();
}

class Identity : public InTee {
 protected:
  [[nodiscard]] Result<host::Enclave> launch(const host::Image& image, bool debug,
                                             bool allow_unsigned) const {
    return host::Enclave::launch(image, {.tee = GetParam(),
                                         .debug = debug,
                                         .allow_unsigned = allow_unsigned,
                                         .standard_input = null_.get(),
                                         .standard_output = null_.get(),
                                         .standard_error = null_.get()});
  }
  const FileDescriptor null_{::open("/dev/null", O_RDWR | O_CLOEXEC)};
};

TEST_P(Identity, ASignedImageRunsAsWhatItIs) {
  const host::Image image = open(signed_file([](image::Manifest& manifest) {
    manifest.product_id = 7;
    manifest.svn = 3;
  }));
  EXPECT_TRUE(image.identity().is_signed);
  EXPECT_EQ(image.identity().product_id, 7);
  EXPECT_EQ(image.identity().svn, 3);
  auto enclave = launch(image, false, false);
  ASSERT_TRUE(enclave) << enclave.error().message;
  EXPECT_EQ(enclave->wait()->status, 0);
}

TEST_P(Identity, AnUnsignedImageIsRefusedUnlessAllowed) {
  const host::Image image = image_of(kProgram);
  EXPECT_EQ(launch(image, false, false).error().code, ErrorCode::kVerificationFailed);
  auto enclave = launch(image, false, true);
  ASSERT_TRUE(enclave);
  EXPECT_EQ(enclave->wait()->status, 0);
}

TEST_P(Identity, AProductionImageIsNeverDebugged) {
  const auto refused = launch(open(signed_file()), true, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kVerificationFailed);
  EXPECT_FALSE(launch(image_of(kProgram), true, true)) << "nor while it is unsigned";
}

TEST_P(Identity, ADebugImageRunsForDebugging) {
  const host::Image image = open(signed_file([](image::Manifest& manifest) { manifest.debug = true; }));
  EXPECT_TRUE(image.identity().debug_permitted);
  auto enclave = launch(image, true, false);
  ASSERT_TRUE(enclave) << enclave.error().message;
  EXPECT_EQ(enclave->wait()->status, 0);
}

TEST(ImageFile, AnotherSignersKeyIsAnotherIdentity) {
  Bytes file = signed_file();
  const host::Image first = open(file);
  ASSERT_TRUE(image::sign_image(file, crypto::RsaPrivateKey::generate().value(), kDate));
  const host::Image second = open(file);
  EXPECT_NE(first.identity().mrsigner, second.identity().mrsigner);
  EXPECT_EQ(first.identity().mrenclave, second.identity().mrenclave);
}

TEST(ImageFile, ASignatureOfAnotherImageIsRefused) {
  Bytes file = signed_file();
  const Bytes other = signed_file([](image::Manifest& manifest) { manifest.arguments = {"other"}; });
  const size_t to = image::ImageView::parse(file)->sigstruct_position();
  const size_t from = image::ImageView::parse(other)->sigstruct_position();
  std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), image::kSigstructSize,
              file.begin() + static_cast<std::ptrdiff_t>(to));
  const auto refused = host::Image::from_bytes(file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kVerificationFailed);
}

// One byte in some hundred places, from the first to the last.
TEST(ImageFile, AFlippedByteAnywhereInASignedImageIsRefused) {
  Bytes file = signed_file();
  const size_t step = file.size() / 97;
  for (size_t at = 0; at < file.size(); at += step) {
    file[at] ^= 0x40;
    EXPECT_FALSE(host::Image::from_bytes(file)) << "byte " << at << " of " << file.size();
    file[at] ^= 0x40;
  }
  EXPECT_TRUE(host::Image::from_bytes(file));
}

class HostStrings : public InTee {
 protected:
  static std::string told(const Adjust& adjust) {
    const Finished finished =
        run(image_of(kProgram, adjust),
            {.tee = GetParam(),
             .arguments = {"from the host", ""},
             .environment = {"LISTED=yes", "HIDDEN=yes", "LD_PRELOAD=x", "LISTEDNOT=yes", "NOVALUE"}});
    EXPECT_EQ(finished.end.status, 0) << finished;
    return finished.output;
  }
};

TEST_P(HostStrings, AreDroppedWhereTheManifestDoesNotAllowThem) {
  EXPECT_EQ(told([](image::Manifest& manifest) {
              manifest.arguments = {"measured", ""};
              manifest.environment = {{"LANG", "C"}};
            }),
            "[tell][measured][]\n[LANG=C]\n");
}

TEST_P(HostStrings, ArgumentsFollowTheMeasuredOnes) {
  EXPECT_EQ(told([](image::Manifest& manifest) {
              manifest.arguments = {"measured"};
              manifest.insecure_host_arguments = true;
            }),
            "[tell][measured][from the host][]\n\n");
}

TEST_P(HostStrings, EnvironmentReachesTheProgramByListedNamesOnly) {
  EXPECT_EQ(told([](image::Manifest& manifest) {
              manifest.insecure_host_environment = {"LISTED", "NOVALUE"};
            }),
            "[tell]\n[LISTED=yes]\n");
}

INSTANTIATE_TEST_SUITE_P(Tees, Identity, kTees, tee_name);
INSTANTIATE_TEST_SUITE_P(Tees, HostStrings, kTees, tee_name);

}  // namespace
}  // namespace strongroom::tee_test
