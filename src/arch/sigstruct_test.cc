#include "arch/sigstruct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/test_signing_key.h"

namespace strongroom::arch {
namespace {

using testing::HasSubstr;

crypto::RsaPrivateKey test_key() {
  return crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
}

SigstructContents contents() {
  SigstructContents out;
  for (size_t i = 0; i < out.measurement.size(); ++i) out.measurement[i] = static_cast<uint8_t>(i + 1);
  out.date = 0x20240229;
  out.software_defined = 0x11223344;
  out.product_id = 0x1234;
  out.svn = 7;
  return out;
}

Sigstruct signed_sigstruct(const SigstructContents& what = contents()) {
  Sigstruct sigstruct = make_sigstruct(what);
  EXPECT_TRUE(sign_sigstruct(sigstruct, test_key()));
  return sigstruct;
}

Sigstruct with_byte_changed(const Sigstruct& original, size_t at, uint8_t by = 1) {
  Sigstruct changed = original;
  reinterpret_cast<uint8_t*>(&changed)[at] ^= by;
  return changed;
}

TEST(Sigstruct, WhatIsSignedIsSound) {
  EXPECT_EQ(find_fault(signed_sigstruct()), std::nullopt);
  EXPECT_TRUE(check_sigstruct(signed_sigstruct()));
}

TEST(Sigstruct, SigningIsDeterministic) {
  EXPECT_TRUE(equal(object_bytes(signed_sigstruct()), object_bytes(signed_sigstruct())));
}

TEST(Sigstruct, ContentsStandAtTheirPlaces) {
  SigstructContents what = contents();
  what.attributes.flags |= kAttributeKss;
  what.family_id.fill(0xaa);
  what.extended_product_id.fill(0xbb);
  const Sigstruct sigstruct = signed_sigstruct(what);
  const ByteView bytes = object_bytes(sigstruct);
  EXPECT_EQ(
      to_hex(bytes.first(48)),
      "06000000e100000000000100000000000000000029022420010100006000000060000000010000004433221100000000");
  EXPECT_EQ(to_hex(bytes.subspan(512, 4)), "03000000");
  EXPECT_EQ(to_hex(bytes.subspan(900, 12)), "00000000ffffffff00000000");
  EXPECT_EQ(bytes[912], 0xaa);
  EXPECT_EQ(to_hex(bytes.subspan(928, 32)),
            "84000000000000000300000000000000ffffffffffffffff1bffffffffffffff");
  EXPECT_EQ(to_hex(bytes.subspan(960, 4)), "01020304");
  EXPECT_EQ(bytes[1008], 0xbb);
  EXPECT_EQ(to_hex(bytes.subspan(1024, 4)), "34120700");
}

TEST(Sigstruct, EveryChangedByteIsFound) {
  const Sigstruct original = signed_sigstruct();
  for (size_t at = 0; at < sizeof(Sigstruct); ++at)
    EXPECT_NE(find_fault(with_byte_changed(original, at)), std::nullopt) << "byte " << at;
}

TEST(Sigstruct, TheFaultNamesWhatIsWrong) {
  const Sigstruct original = signed_sigstruct();
  const std::pair<size_t, SigstructFault> cases[] = {
      {offsetof(Sigstruct, header), SigstructFault::kHeader},
      {offsetof(Sigstruct, vendor), SigstructFault::kVendor},
      {offsetof(Sigstruct, header2) + 15, SigstructFault::kHeader2},
      {offsetof(Sigstruct, date), SigstructFault::kSignature},
      {offsetof(Sigstruct, reserved1) + 83, SigstructFault::kReserved},
      {offsetof(Sigstruct, modulus), SigstructFault::kModulus},
      {offsetof(Sigstruct, modulus) + 1, SigstructFault::kSignature},
      {offsetof(Sigstruct, exponent), SigstructFault::kExponent},
      {offsetof(Sigstruct, signature), SigstructFault::kSignature},
      {offsetof(Sigstruct, misc_mask), SigstructFault::kSignature},
      {offsetof(Sigstruct, cet_attributes), SigstructFault::kSignature},
      {offsetof(Sigstruct, reserved2), SigstructFault::kReserved},
      {offsetof(Sigstruct, attributes) + 5, SigstructFault::kReserved},
      {offsetof(Sigstruct, enclave_hash), SigstructFault::kSignature},
      {offsetof(Sigstruct, reserved3), SigstructFault::kReserved},
      {offsetof(Sigstruct, isv_svn), SigstructFault::kSignature},
      {offsetof(Sigstruct, reserved4) + 11, SigstructFault::kReserved},
      {offsetof(Sigstruct, q1), SigstructFault::kQuotients},
      {offsetof(Sigstruct, q2) + 383, SigstructFault::kQuotients},
  };
  for (const auto& [at, fault] : cases) EXPECT_EQ(find_fault(with_byte_changed(original, at)), fault) << at;
}

TEST(Sigstruct, AModulusWithoutItsTopBitIsNoModulus) {
  const Sigstruct original = signed_sigstruct();
  EXPECT_EQ(find_fault(with_byte_changed(original, offsetof(Sigstruct, modulus) + 383, 0x80)),
            SigstructFault::kModulus);
}

TEST(Sigstruct, ASignatureNotBelowTheModulusIsRefused) {
  // s + n is congruent to s; it fits 3072 bits where s + n does not overflow, so take n itself and all ones.
  Sigstruct sigstruct = signed_sigstruct();
  std::memcpy(sigstruct.signature, sigstruct.modulus, kRsaBytes);
  EXPECT_EQ(find_fault(sigstruct), SigstructFault::kSignature);
  std::memset(sigstruct.signature, 0xff, kRsaBytes);
  EXPECT_EQ(find_fault(sigstruct), SigstructFault::kSignature);
  std::memset(sigstruct.signature, 0, kRsaBytes);
  EXPECT_EQ(find_fault(sigstruct), SigstructFault::kSignature);
}

TEST(Sigstruct, SwappedQuotientsAreRefused) {
  Sigstruct sigstruct = signed_sigstruct();
  std::swap(sigstruct.q1, sigstruct.q2);
  EXPECT_EQ(find_fault(sigstruct), SigstructFault::kQuotients);
}

TEST(Sigstruct, AnImageThatNobodySignedIsToldApart) {
  EXPECT_EQ(find_fault(Sigstruct{}), SigstructFault::kUnsigned);
  EXPECT_THAT(check_sigstruct(Sigstruct{}).error().message, HasSubstr("strongroom sign"));
  EXPECT_EQ(find_fault(make_sigstruct(contents())), SigstructFault::kExponent);
}

TEST(Sigstruct, ADetachedSignatureGivesTheSameSigstruct) {
  const crypto::RsaPrivateKey key = test_key();
  Sigstruct sigstruct = make_sigstruct(contents());
  const auto to_be_signed = sigstruct_signed_bytes(sigstruct);
  EXPECT_EQ(sigstruct_digest(sigstruct), crypto::sha256(to_be_signed));
  const crypto::RsaNumber signature = key.sign(to_be_signed).value();
  ASSERT_TRUE(attach_signature(sigstruct, key.public_key(), signature));
  EXPECT_TRUE(equal(object_bytes(sigstruct), object_bytes(signed_sigstruct())));
}

TEST(Sigstruct, ADetachedSignatureOverSomethingElseChangesNothing) {
  const crypto::RsaPrivateKey key = test_key();
  const Sigstruct before = make_sigstruct(contents());
  Sigstruct sigstruct = before;
  const auto attached = attach_signature(sigstruct, key.public_key(), key.sign(as_bytes("other")).value());
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, ErrorCode::kVerificationFailed);
  EXPECT_TRUE(equal(object_bytes(sigstruct), object_bytes(before)));
}

TEST(Sigstruct, TheDigestDoesNotDependOnTheKey) {
  EXPECT_EQ(sigstruct_digest(make_sigstruct(contents())), sigstruct_digest(signed_sigstruct()));
}

TEST(Sigstruct, ParsingWantsExactlyItsSize) {
  Bytes bytes = to_bytes(object_bytes(signed_sigstruct()));
  ASSERT_TRUE(parse_sigstruct(bytes));
  EXPECT_EQ(parse_sigstruct(bytes)->isv_prod_id, 0x1234);
  EXPECT_FALSE(parse_sigstruct(ByteView(bytes).first(bytes.size() - 1)));
  bytes.push_back(0);
  EXPECT_FALSE(parse_sigstruct(bytes));
}

TEST(Sigstruct, TheSignerDecidesAboutDebugging) {
  SigstructContents what = contents();
  Sigstruct production = make_sigstruct(what);
  EXPECT_FALSE(permits_debug(production));
  EXPECT_TRUE(permits_production(production));
  what.debug_permitted = true;
  const Sigstruct both = make_sigstruct(what);
  EXPECT_TRUE(permits_debug(both));
  EXPECT_TRUE(permits_production(both));
  what.debug_permitted = false;
  what.attributes.flags |= kAttributeDebug;
  const Sigstruct debug_only = make_sigstruct(what);
  EXPECT_TRUE(permits_debug(debug_only));
  EXPECT_FALSE(permits_production(debug_only));
}

TEST(Sigstruct, SignerAndMeasurementComeOutOfIt) {
  const Sigstruct sigstruct = signed_sigstruct();
  EXPECT_EQ(enclave_measurement(sigstruct), contents().measurement);
  EXPECT_EQ(signer_identity(sigstruct), signer_identity(test_key().public_key()));
}

}  // namespace
}  // namespace strongroom::arch
