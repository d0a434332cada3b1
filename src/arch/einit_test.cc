#include "arch/einit.h"

#include <gtest/gtest.h>

#include "arch/test_platform.h"
#include "crypto/test_signing_key.h"

namespace strongroom::arch {
namespace {

SigstructContents contents() {
  SigstructContents out;
  out.measurement = filled<32>(0x51);
  out.date = 0x20240101;
  out.product_id = 3;
  out.svn = 4;
  return out;
}

Sigstruct signed_with(const SigstructContents& what) {
  Sigstruct sigstruct = make_sigstruct(what);
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  EXPECT_TRUE(sign_sigstruct(sigstruct, key));
  return sigstruct;
}

EinitInput input() {
  EinitInput out;
  out.measurement = filled<32>(0x51);
  return out;
}

LeafStatus status(const Sigstruct& sigstruct, const EinitInput& what) {
  const auto identity = einit(sigstruct, what);
  return identity ? LeafStatus::kSuccess : identity.error();
}

TEST(Einit, AnEnclaveBecomesWhatItsSignerSaid) {
  const Sigstruct sigstruct = signed_with(contents());
  const EnclaveIdentity identity = einit(sigstruct, input()).value();
  EnclaveIdentity expected;
  expected.mrenclave = filled<32>(0x51);
  expected.mrsigner = signer_identity(sigstruct);
  expected.attributes = {kAttributeInit | kAttributeMode64, kXfrmLegacy};
  expected.isv_prod_id = 3;
  expected.isv_svn = 4;
  EXPECT_EQ(identity, expected);
}

TEST(Einit, FieldsOfKssArriveWhereTheyAreUsed) {
  SigstructContents what = contents();
  what.attributes.flags |= kAttributeKss;
  what.family_id = filled<16>(0x61);
  what.extended_product_id = filled<16>(0x62);
  EinitInput with = input();
  with.attributes.flags |= kAttributeKss;
  with.config_id = filled<64>(0x63);
  with.config_svn = 9;
  const EnclaveIdentity identity = einit(signed_with(what), with).value();
  EXPECT_EQ(identity.isv_family_id, what.family_id);
  EXPECT_EQ(identity.isv_ext_prod_id, what.extended_product_id);
  EXPECT_EQ(identity.config_id, with.config_id);
  EXPECT_EQ(identity.config_svn, 9);
}

TEST(Einit, OtherPagesThanTheSignedOnesAreRefused) {
  EinitInput other = input();
  other.measurement[0] ^= 1;
  EXPECT_EQ(status(signed_with(contents()), other), LeafStatus::kInvalidMeasurement);
}

TEST(Einit, FaultsOfTheSigstructAreToldApart) {
  const Sigstruct good = signed_with(contents());
  Sigstruct bad = good;
  bad.header[0] ^= 1;
  EXPECT_EQ(status(bad, input()), LeafStatus::kInvalidSigstruct);
  bad = good;
  bad.isv_svn += 1;
  EXPECT_EQ(status(bad, input()), LeafStatus::kInvalidSignature);
  bad = good;
  bad.q2[0] ^= 1;
  EXPECT_EQ(status(bad, input()), LeafStatus::kInvalidSignature);
  bad = good;
  std::fill(std::begin(bad.modulus), std::end(bad.modulus), 0);
  EXPECT_EQ(status(bad, input()), LeafStatus::kInvalidSignature) << "no check of the form comprises the key";
  EXPECT_EQ(status(Sigstruct{}, input()), LeafStatus::kInvalidSigstruct);
}

TEST(Einit, ADebugLaunchNeedsTheSignersPermission) {
  EinitInput debug = input();
  debug.attributes.flags |= kAttributeDebug;
  SigstructContents what = contents();
  EXPECT_EQ(status(signed_with(what), debug), LeafStatus::kInvalidAttribute);
  what.debug_permitted = true;
  const Sigstruct permitted = signed_with(what);
  EXPECT_EQ(status(permitted, debug), LeafStatus::kSuccess);
  EXPECT_EQ(status(permitted, input()), LeafStatus::kSuccess);
  EXPECT_NE(einit(permitted, debug)->attributes, einit(permitted, input())->attributes);
}

TEST(Einit, AnImageSignedForDebugOnlyIsNotLaunchedForProduction) {
  SigstructContents what = contents();
  what.attributes.flags |= kAttributeDebug;
  EXPECT_EQ(status(signed_with(what), input()), LeafStatus::kInvalidAttribute);
}

TEST(Einit, TheSignerFixesMiscselect) {
  EinitInput other = input();
  other.misc_select = kMiscExinfo;
  SigstructContents what = contents();
  EXPECT_EQ(status(signed_with(what), other), LeafStatus::kInvalidAttribute);
  what.misc_mask = ~uint32_t{kMiscExinfo};
  EXPECT_EQ(status(signed_with(what), other), LeafStatus::kSuccess);
}

TEST(Einit, ThePlatformMayChooseVectorStateButNotProtectionKeys) {
  const Sigstruct sigstruct = signed_with(contents());
  EinitInput vectors = input();
  vectors.attributes.xfrm |= kXfrmAvx | kXfrmAvx512;
  EXPECT_EQ(status(sigstruct, vectors), LeafStatus::kSuccess);
  EinitInput keys = input();
  keys.attributes.xfrm |= kXfrmPkru;
  EXPECT_EQ(status(sigstruct, keys), LeafStatus::kInvalidAttribute);
}

TEST(Einit, ControlledAttributesNeedTheOwnersGrant) {
  for (const uint64_t attribute : {uint64_t{kAttributeProvisionKey}, uint64_t{kAttributeEinitTokenKey}}) {
    SigstructContents what = contents();
    what.attributes.flags |= attribute;
    EinitInput with = input();
    with.attributes.flags |= attribute;
    const Sigstruct sigstruct = signed_with(what);
    EXPECT_EQ(status(sigstruct, with), LeafStatus::kInvalidAttribute);
    (attribute == kAttributeProvisionKey ? with.provisioning_permitted : with.launch_key_permitted) = true;
    EXPECT_EQ(status(sigstruct, with), LeafStatus::kSuccess);
  }
}

TEST(Einit, WhatEcreateRefusesIsRefused) {
  const Sigstruct sigstruct = signed_with(contents());
  const auto refuses = [&](auto change) {
    EinitInput bad = input();
    change(bad);
    return status(sigstruct, bad) == LeafStatus::kGeneralProtection;
  };
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.flags |= kAttributeInit; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.flags |= 1u << 3; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.flags |= uint64_t{1} << 63; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.xfrm = kXfrmX87; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.xfrm |= kXfrmAvx | kXfrmOpmask; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.xfrm |= kXfrmAvx512; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.xfrm |= kXfrmBndregs; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.xfrm |= kXfrmBndcsr; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.xfrm |= kXfrmTileConfig; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.attributes.xfrm |= kXfrmTileData; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.misc_select = 4; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.config_svn = 1; }));
  EXPECT_TRUE(refuses([](EinitInput& in) { in.config_id[0] = 1; }));
}

TEST(Einit, AFamilyWithoutKssIsRefused) {
  SigstructContents what = contents();
  what.family_id[0] = 1;
  EXPECT_EQ(status(signed_with(what), input()), LeafStatus::kInvalidSigstruct);
}

}  // namespace
}  // namespace strongroom::arch
