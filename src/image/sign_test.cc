#include "image/sign.h"

#include <gmock/gmock.h>

#include "crypto/test_signing_key.h"
#include "image/image_measure.h"
#include "image/signature_check.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

using testing::HasSubstr;

constexpr uint32_t kDate = 0x20260101;

crypto::RsaPrivateKey test_key() {
  return crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
}

Bytes build(const Manifest& manifest) {
  return build_image(manifest, test_shapes(), test_kernel(), test_contents()).value().file;
}

arch::Sigstruct signature_of(const Bytes& file) {
  return check_signature(ImageView::parse(file).value()).value();
}

TEST(Sign, AnImageIsBornUnsigned) {
  const Bytes file = build(test_manifest());
  const ImageView image = ImageView::parse(file).value();
  EXPECT_FALSE(image.is_signed());
  EXPECT_EQ(check_signature(image).error().code, ErrorCode::kNotFound);
}

TEST(Sign, SigstructSaysWhatTheManifestSays) {
  Manifest manifest = test_manifest();
  manifest.family_id = KssId{1, 2, 3};
  manifest.extended_product_id = KssId{4, 5, 6};
  Bytes file = build(manifest);
  ASSERT_TRUE(sign_image(file, test_key(), kDate));
  const arch::Sigstruct sigstruct = signature_of(file);
  EXPECT_EQ(sigstruct.isv_prod_id, 7);
  EXPECT_EQ(sigstruct.isv_svn, 3);
  EXPECT_EQ(sigstruct.date, kDate);
  EXPECT_TRUE(equal(sigstruct.isv_family_id, *manifest.family_id));
  EXPECT_TRUE(equal(sigstruct.isv_ext_prod_id, *manifest.extended_product_id));
  EXPECT_NE(sigstruct.attributes.flags & arch::kAttributeKss, 0u);
  EXPECT_FALSE(arch::permits_debug(sigstruct));
  EXPECT_EQ(arch::enclave_measurement(sigstruct), measure(ImageView::parse(file).value()).value());
  EXPECT_EQ(arch::signer_identity(sigstruct), arch::signer_identity(test_key().public_key()));
}

TEST(Sign, ADebugManifestPermitsDebug) {
  Manifest manifest = test_manifest();
  manifest.debug = true;
  Bytes file = build(manifest);
  ASSERT_TRUE(sign_image(file, test_key(), kDate));
  EXPECT_TRUE(arch::permits_debug(signature_of(file)));
}

TEST(Sign, SigningChangesNothingElse) {
  const Bytes before = build(test_manifest());
  Bytes after = before;
  ASSERT_TRUE(sign_image(after, test_key(), kDate));
  EXPECT_NE(before, after);
  const size_t position = ImageView::parse(before)->sigstruct_position();
  ASSERT_EQ(before.size(), after.size());
  std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(position), kSigstructSize,
              after.begin() + static_cast<std::ptrdiff_t>(position));
  EXPECT_EQ(before, after);
}

TEST(Sign, SigningAgainReplacesTheSignature) {
  Bytes file = build(test_manifest());
  ASSERT_TRUE(sign_image(file, test_key(), kDate));
  const auto other = crypto::RsaPrivateKey::generate().value();
  ASSERT_TRUE(sign_image(file, other, kDate));
  EXPECT_EQ(arch::signer_identity(signature_of(file)), arch::signer_identity(other.public_key()));
}

TEST(Sign, DetachedSigningGivesTheSameImage) {
  Bytes file = build(test_manifest());
  Bytes directly = file;
  const auto key = test_key();
  ASSERT_TRUE(sign_image(directly, key, kDate));
  const arch::Sigstruct sigstruct = unsigned_sigstruct(ImageView::parse(file).value(), kDate).value();
  const auto message = arch::sigstruct_signed_bytes(sigstruct);
  EXPECT_EQ(signing_digest(ImageView::parse(file).value(), kDate).value(), crypto::sha256(message));
  ASSERT_TRUE(attach_image_signature(file, key.public_key(), key.sign(message).value(), kDate));
  EXPECT_EQ(file, directly);
}

TEST(Sign, RefusesADetachedSignatureThatDoesNotHold) {
  const Bytes before = build(test_manifest());
  Bytes file = before;
  const auto key = test_key();
  const arch::Sigstruct sigstruct = unsigned_sigstruct(ImageView::parse(file).value(), kDate).value();
  const auto signature = key.sign(arch::sigstruct_signed_bytes(sigstruct)).value();
  const auto result = attach_image_signature(file, key.public_key(), signature, kDate + 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kVerificationFailed);
  EXPECT_EQ(file, before);
}

TEST(Sign, ASignatureDoesNotFitAnotherImage) {
  Bytes file = build(test_manifest());
  ASSERT_TRUE(sign_image(file, test_key(), kDate));
  Manifest manifest = test_manifest();
  manifest.arguments = {"--fold", "6"};
  Bytes other = build(manifest);
  ASSERT_TRUE(sign_image(other, test_key(), kDate));
  const ImageView image = ImageView::parse(file).value();
  const ByteView sigstruct = image.sigstruct();
  std::copy(sigstruct.begin(), sigstruct.end(),
            other.begin() + static_cast<std::ptrdiff_t>(ImageView::parse(other)->sigstruct_position()));
  EXPECT_THAT(check_signature(ImageView::parse(other).value()).error().message,
              HasSubstr("about another image"));
}

}  // namespace
}  // namespace strongroom::image
