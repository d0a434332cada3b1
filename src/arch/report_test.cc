#include "arch/report.h"

#include <gtest/gtest.h>

#include <functional>

#include "arch/test_platform.h"
#include "base/encoding.h"

namespace strongroom::arch {
namespace {

EnclaveIdentity target_enclave() {
  EnclaveIdentity out = test_enclave();
  out.mrenclave = filled<32>(0x31);
  out.mrsigner = filled<32>(0x32);
  return out;
}

Report report_for(const TargetInfo& target) {
  return ereport(test_platform(), test_enclave(), target, filled<64>(0x44)).value();
}

TEST(Report, SaysWhoMadeItAndCarriesItsData) {
  const Report report = report_for(target_info(target_enclave()));
  const EnclaveIdentity maker = test_enclave();
  EXPECT_EQ(std::to_array(report.body.cpu_svn), test_platform().cpu_svn);
  EXPECT_EQ(std::to_array(report.body.mrenclave), maker.mrenclave);
  EXPECT_EQ(std::to_array(report.body.mrsigner), maker.mrsigner);
  EXPECT_EQ(report.body.attributes, maker.attributes);
  EXPECT_EQ(report.body.misc_select, maker.misc_select);
  EXPECT_EQ(report.body.cet_attributes, maker.cet_attributes);
  EXPECT_EQ(report.body.isv_prod_id, maker.isv_prod_id);
  EXPECT_EQ(report.body.isv_svn, maker.isv_svn);
  EXPECT_EQ(report.body.config_svn, maker.config_svn);
  EXPECT_EQ(std::to_array(report.body.config_id), maker.config_id);
  EXPECT_EQ(std::to_array(report.body.isv_family_id), maker.isv_family_id);
  EXPECT_EQ(std::to_array(report.body.isv_ext_prod_id), maker.isv_ext_prod_id);
  EXPECT_EQ(std::to_array(report.body.report_data), filled<64>(0x44));
  EXPECT_EQ(std::to_array(report.key_id), test_platform().report_key_id);
}

TEST(Report, TheTargetVerifiesItWithItsReportKey) {
  const Report report = report_for(target_info(target_enclave()));
  const EnclaveKey key = egetkey(test_platform(), target_enclave(), make_report_request(report)).value();
  EXPECT_TRUE(has_valid_mac(report, key));
  EXPECT_TRUE(is_report_for(test_platform(), target_enclave(), report));
}

TEST(Report, NoOtherEnclaveVerifiesIt) {
  const Report report = report_for(target_info(target_enclave()));
  const std::pair<const char*, std::function<void(EnclaveIdentity&)>> others[] = {
      {"measurement", [](EnclaveIdentity& e) { e.mrenclave[0] ^= 1; }},
      {"debug", [](EnclaveIdentity& e) { e.attributes.flags |= kAttributeDebug; }},
      {"flags", [](EnclaveIdentity& e) { e.attributes.flags ^= kAttributeProvisionKey; }},
      {"xfrm", [](EnclaveIdentity& e) { e.attributes.xfrm ^= kXfrmAvx; }},
      {"misc", [](EnclaveIdentity& e) { e.misc_select ^= 1; }},
      {"cet", [](EnclaveIdentity& e) { e.cet_attributes ^= 1; }},
      {"config id", [](EnclaveIdentity& e) { e.config_id[63] ^= 1; }},
      {"config svn", [](EnclaveIdentity& e) { e.config_svn += 1; }},
  };
  for (const auto& [what, change] : others) {
    EnclaveIdentity other = target_enclave();
    change(other);
    EXPECT_FALSE(is_report_for(test_platform(), other, report)) << what;
  }
  EXPECT_FALSE(is_report_for(test_platform(), test_enclave(), report)) << "its maker";
}

TEST(Report, TheTargetsSignerAndVersionsDoNotMatter) {
  const Report report = report_for(target_info(target_enclave()));
  EnclaveIdentity same = target_enclave();
  same.mrsigner[0] ^= 1;
  same.isv_svn += 1;
  same.isv_prod_id += 1;
  same.isv_family_id[0] ^= 1;
  same.isv_ext_prod_id[0] ^= 1;
  EXPECT_TRUE(is_report_for(test_platform(), same, report));
}

TEST(Report, EveryChangedByteIsFound) {
  const Report original = report_for(target_info(target_enclave()));
  for (size_t at = 0; at < sizeof(Report); ++at) {
    Report changed = original;
    reinterpret_cast<uint8_t*>(&changed)[at] ^= 1;
    EXPECT_FALSE(is_report_for(test_platform(), target_enclave(), changed)) << at;
  }
}

TEST(Report, AnotherPlatformCannotMakeIt) {
  const TargetInfo target = target_info(target_enclave());
  const std::function<void(Platform&)> changes[] = {
      [](Platform& p) { p.secret.device_key[0] ^= 1; },
      [](Platform& p) { p.secret.seal_fuses[0] ^= 1; },
      [](Platform& p) { p.owner_epoch[0] ^= 1; },
      [](Platform& p) { p.cpu_svn[0] ^= 1; },
  };
  for (const auto& change : changes) {
    Platform other = test_platform();
    change(other);
    const Report report = ereport(other, test_enclave(), target, {}).value();
    EXPECT_FALSE(is_report_for(test_platform(), target_enclave(), report));
  }
}

TEST(Report, AReportOfAnEarlierStartOfThePlatformStillHolds) {
  Platform earlier = test_platform();
  earlier.report_key_id = filled<32>(0x77);
  const Report report = ereport(earlier, test_enclave(), target_info(target_enclave()), {}).value();
  EXPECT_TRUE(is_report_for(test_platform(), target_enclave(), report));
}

TEST(Report, TheMacIsCmacOverTheFirst384Bytes) {
  const Report report = report_for(target_info(target_enclave()));
  const EnclaveKey key = egetkey(test_platform(), target_enclave(), make_report_request(report)).value();
  EXPECT_EQ(crypto::aes128_cmac(key, object_bytes(report).first(384)), std::to_array(report.mac));
}

TEST(Report, ReservedBytesOfTheTargetAreRefused) {
  for (const size_t at : {size_t{49}, size_t{56}, size_t{63}, size_t{128}, size_t{511}}) {
    TargetInfo target = target_info(target_enclave());
    reinterpret_cast<uint8_t*>(&target)[at] = 1;
    const auto report = ereport(test_platform(), test_enclave(), target, {});
    ASSERT_FALSE(report) << at;
    EXPECT_EQ(report.error(), LeafStatus::kGeneralProtection);
  }
}

TEST(Report, ItsMakerCanBeAnswered) {
  const Report report = report_for(target_info(target_enclave()));
  const Report answer =
      ereport(test_platform(), target_enclave(), target_info(report.body), filled<64>(1)).value();
  EXPECT_TRUE(is_report_for(test_platform(), test_enclave(), answer));
}

}  // namespace
}  // namespace strongroom::arch
