// Building an enclave: ECREATE, EADD, EEXTEND, EINIT.
#include <gtest/gtest.h>

#include <functional>

#include "arch/measurement.h"
#include "core/test_machine.h"

namespace strongroom::sgx {
namespace {

using arch::LeafStatus;
using arch::PageType;

const arch::Secinfo kSecsInfo = make_secinfo_of(PageType::kSecs, 0);

Outcome create(const arch::Secs& secs, const arch::Secinfo& secinfo = kSecsInfo) {
  TestPage page;
  Processor processor;
  processor.xfrm = arch::kXfrmLegacy | arch::kXfrmAvx | arch::kXfrmTileConfig | arch::kXfrmTileData;
  const Outcome outcome = ecreate(processor, page.page, secs, secinfo);
  EXPECT_EQ(page.page.epcm.valid, outcome.has_value()) << "what fails changes nothing";
  return outcome;
}

struct SecsFault {
  const char* name;
  std::function<void(arch::Secs&)> break_it;
};

TEST(Ecreate, TakesAValidSecsAndMeasuresSizeAndFrame) {
  TestPage page;
  Processor processor;
  processor.xfrm |= arch::kXfrmAvx;
  arch::Secs secs = make_secs();
  secs.isv_svn = 7;
  secs.isv_prod_id = 8;
  ASSERT_TRUE(ecreate(processor, page.page, secs, kSecsInfo));
  EXPECT_EQ(page.page.epcm.type, PageType::kSecs);
  EXPECT_EQ(page.page.epcm.permissions, arch::kNoAccess);
  EXPECT_EQ(page.page.enclave->secs.isv_svn, 0);
  EXPECT_EQ(page.page.enclave->secs.isv_prod_id, 0);
  EXPECT_FALSE(page.page.enclave->initialized());
  EXPECT_EQ(page.page.enclave->measurement.current(),
            arch::MeasurementBuilder::create(kSize, 1).value().finish());
}

TEST(Ecreate, RefusesEverySecsThatTheProcessorDoes) {
  const SecsFault faults[] = {
      {"size is no power of two", [](auto& secs) { secs.size = 3 * arch::kPageSize; }},
      {"one page only", [](auto& secs) { secs.size = arch::kPageSize; }},
      {"too large", [](auto& secs) { secs.size = uint64_t{1} << 36, secs.base_address = 0; }},
      {"base is not a multiple of size", [](auto& secs) { secs.base_address += arch::kPageSize; }},
      {"base is not canonical", [](auto& secs) { secs.base_address = uint64_t{1} << 47; }},
      {"frame of no page", [](auto& secs) { secs.ssa_frame_size = 0; }},
      {"frame too small for AMX", [](auto& secs) { secs.attributes.xfrm |= arch::kXfrmAmx; }},
      {"no x87", [](auto& secs) { secs.attributes.xfrm = arch::kXfrmSse; }},
      {"no SSE", [](auto& secs) { secs.attributes.xfrm = arch::kXfrmX87; }},
      {"state that is not there", [](auto& secs) { secs.attributes.xfrm |= arch::kXfrmPkru; }},
      {"half of AVX-512", [](auto& secs) { secs.attributes.xfrm |= arch::kXfrmOpmask; }},
      {"unknown MISCSELECT", [](auto& secs) { secs.misc_select |= arch::kMiscCpinfo; }},
      {"INIT set", [](auto& secs) { secs.attributes.flags |= arch::kAttributeInit; }},
      {"CET", [](auto& secs) { secs.attributes.flags |= arch::kAttributeCet; }},
      {"AEX-Notify", [](auto& secs) { secs.attributes.flags |= arch::kAttributeAexNotify; }},
      {"reserved attribute", [](auto& secs) { secs.attributes.flags |= 8; }},
      {"CET bitmap", [](auto& secs) { secs.cet_legacy_bitmap_offset = 1; }},
      {"CET attributes", [](auto& secs) { secs.cet_attributes = 1; }},
      {"reserved 1", [](auto& secs) { secs.reserved1[14] = 1; }},
      {"reserved 2", [](auto& secs) { secs.reserved2[0] = 1; }},
      {"reserved 3", [](auto& secs) { secs.reserved3[31] = 1; }},
      {"reserved 4", [](auto& secs) { secs.reserved4[3833] = 1; }},
      {"CONFIGID without KSS", [](auto& secs) { secs.config_id[0] = 1; }},
      {"CONFIGSVN without KSS", [](auto& secs) { secs.config_svn = 1; }},
      {"32 bits at a high base", [](auto& secs) { secs.attributes.flags = 0; }},
      {"32 bits, too large",
       [](auto& secs) { secs.attributes.flags = 0, secs.base_address = 0, secs.size = uint64_t{1} << 31; }},
  };
  for (const SecsFault& fault : faults) {
    arch::Secs secs = make_secs();
    fault.break_it(secs);
    EXPECT_TRUE(is_gp(create(secs))) << fault.name;
  }
}

TEST(Ecreate, CountsTheMiscRegionInTheFrame) {
  // 8 KiB tiles end at 11008; what is left of three pages is 1280 bytes, so no frame size tells: use sizes.
  arch::Secs secs = make_secs();
  Processor processor;
  processor.xfrm |= arch::kXfrmAvx;
  processor.xsave.components[2] = {576, 4096 - 576 - 184};
  TestPage page;
  EXPECT_TRUE(is_gp(ecreate(processor, page.page, secs, kSecsInfo)));
  secs.misc_select = 0;
  EXPECT_TRUE(ecreate(processor, page.page, secs, kSecsInfo));
}

TEST(Ecreate, RefusesAWrongSecinfoAndAPageInUse) {
  EXPECT_TRUE(is_gp(create(make_secs(), make_secinfo_of(PageType::kRegular, 0))));
  arch::Secinfo reserved = kSecsInfo;
  reserved.reserved[55] = 1;
  EXPECT_TRUE(is_gp(create(make_secs(), reserved)));
  TestMachine machine;
  EXPECT_TRUE(is_pf(ecreate(machine.processor, machine.secs(), make_secs(), kSecsInfo)));
}

const arch::Secinfo kRegularInfo = make_secinfo_of(PageType::kRegular, arch::kRead | arch::kWrite);
const Bytes kContent(arch::kPageSize, 0x5a);

Outcome add(TestMachine& machine, uint64_t address, const arch::Secinfo& secinfo,
            ByteView content = kContent) {
  const uint64_t children = machine.enclave().children;
  const auto measurement = machine.enclave().measurement.current();
  const bool valid = machine.page(kFree).epcm.valid;
  const Outcome outcome = eadd(machine.page(kFree), address, machine.secs(), secinfo, content);
  if (!outcome) {
    EXPECT_EQ(machine.enclave().children, children);
    EXPECT_EQ(machine.enclave().measurement.current(), measurement);
    EXPECT_EQ(machine.page(kFree).epcm.valid, valid);
  }
  return outcome;
}

TEST(Eadd, CopiesThePageAndWritesItsEntry) {
  TestMachine machine;
  const uint64_t children = machine.enclave().children;
  ASSERT_TRUE(add(machine, kFree, kRegularInfo));
  const EpcPage& page = machine.page(kFree);
  EXPECT_TRUE(equal(ByteView(page.bytes, arch::kPageSize), kContent));
  EXPECT_TRUE(page.epcm.valid);
  EXPECT_FALSE(page.epcm.pending || page.epcm.modified || page.epcm.permissions_restricted);
  EXPECT_EQ(page.epcm.type, PageType::kRegular);
  EXPECT_EQ(page.epcm.permissions, uint32_t{arch::kRead | arch::kWrite});
  EXPECT_EQ(page.epcm.address, kFree);
  EXPECT_EQ(page.epcm.secs, &machine.secs());
  EXPECT_EQ(machine.enclave().children, children + 1);
}

TEST(Eadd, TakesTheProcessorsFieldsOfATcsAsZero) {
  TestMachine machine;
  arch::Tcs tcs = make_tcs();
  tcs.state = 1;
  tcs.flags = arch::kTcsDebugOptIn;
  tcs.current_ssa_frame = 1;
  tcs.aep = 0x1000;
  ASSERT_TRUE(add(machine, kFree,
                  make_secinfo_of(PageType::kTcs, arch::kRead | arch::kWrite | arch::kExecute),
                  object_bytes(tcs)));
  const arch::Tcs& added = machine.page(kFree).tcs();
  EXPECT_EQ(added.state, 0u);
  EXPECT_EQ(added.flags, 0u);
  EXPECT_EQ(added.current_ssa_frame, 0u);
  EXPECT_EQ(added.aep, 0u);
  EXPECT_EQ(added.ssa_offset, tcs.ssa_offset);
  EXPECT_EQ(machine.page(kFree).epcm.permissions, arch::kNoAccess);
  EXPECT_EQ(machine.page(kFree).epcm.type, PageType::kTcs);
}

TEST(Eadd, RefusesWhatTheProcessorDoes) {
  TestMachine machine;
  EXPECT_TRUE(is_gp(add(machine, kFree + 1, kRegularInfo))) << "not a page";
  EXPECT_TRUE(is_gp(add(machine, kBase - arch::kPageSize, kRegularInfo))) << "below the enclave";
  EXPECT_TRUE(is_gp(add(machine, kBase + kSize, kRegularInfo))) << "above the enclave";
  EXPECT_TRUE(is_gp(add(machine, kFree, make_secinfo_of(PageType::kRegular, arch::kWrite))));
  for (const PageType type : {PageType::kSecs, PageType::kVersionArray, PageType::kTrim})
    EXPECT_TRUE(is_gp(add(machine, kFree, make_secinfo_of(type, arch::kRead))));
  for (const uint64_t reserved : {uint64_t{1} << 6, uint64_t{1} << 7, uint64_t{1} << 16, uint64_t{1} << 63})
    EXPECT_TRUE(is_gp(add(machine, kFree, make_secinfo_of(PageType::kRegular, arch::kRead | reserved))));
  arch::Secinfo reserved = kRegularInfo;
  reserved.reserved[0] = 1;
  EXPECT_TRUE(is_gp(add(machine, kFree, reserved)));
  arch::Tcs tcs = make_tcs();
  tcs.reserved[4007] = 1;
  EXPECT_TRUE(is_gp(add(machine, kFree, make_secinfo_of(PageType::kTcs, 0), object_bytes(tcs))));
  tcs = make_tcs();
  tcs.cet_ssa_offset = 1;
  EXPECT_TRUE(is_gp(add(machine, kFree, make_secinfo_of(PageType::kTcs, 0), object_bytes(tcs))));
  EXPECT_TRUE(is_pf(eadd(machine.page(kData), kFree, machine.secs(), kRegularInfo, kContent))) << "in use";
  EXPECT_TRUE(is_pf(eadd(machine.page(kFree), kFree, machine.page(kData), kRegularInfo, kContent)))
      << "no SECS";
  machine.initialise();
  EXPECT_TRUE(is_gp(add(machine, kFree, kRegularInfo))) << "initialised";
}

TEST(Eadd, ChecksSegmentLimitsOf32BitEnclaves) {
  arch::Secs secs = make_secs();
  secs.attributes.flags = 0;
  secs.base_address = 0x1000'0000;
  TestPage secs_page;
  TestPage page;
  Processor processor;
  processor.xfrm |= arch::kXfrmAvx;
  ASSERT_TRUE(ecreate(processor, secs_page.page, secs, kSecsInfo));
  const auto info = make_secinfo_of(PageType::kTcs, 0);
  arch::Tcs tcs = make_tcs();
  tcs.fs_limit = 0x1000;
  EXPECT_TRUE(is_gp(eadd(page.page, secs.base_address, secs_page.page, info, object_bytes(tcs))));
  tcs = make_tcs();
  tcs.gs_limit = 0x1ffe;
  EXPECT_TRUE(is_gp(eadd(page.page, secs.base_address, secs_page.page, info, object_bytes(tcs))));
  EXPECT_TRUE(eadd(page.page, secs.base_address, secs_page.page, info, object_bytes(make_tcs())));
}

TEST(Eextend, MeasuresAsTheSoftwareMeasurementDoes) {
  TestMachine machine;
  auto expected = arch::MeasurementBuilder::create(kSize, 1).value();
  const struct {
    uint64_t address;
    PageType type;
    uint32_t permissions;
  } pages[] = {{kCode, PageType::kRegular, arch::kRead | arch::kExecute},
               {kTcs, PageType::kTcs, 0},
               {kSsa0, PageType::kRegular, arch::kRead | arch::kWrite},
               {kSsa1, PageType::kRegular, arch::kRead | arch::kWrite},
               {kData, PageType::kRegular, arch::kRead | arch::kWrite},
               {kData2, PageType::kRegular, arch::kRead | arch::kWrite},
               {kConstants, PageType::kRegular, arch::kRead},
               {kExecuteOnly, PageType::kRegular, arch::kExecute}};
  for (const auto& page : pages)
    ASSERT_TRUE(expected.add_pages({.offset = page.address - kBase,
                                    .size = arch::kPageSize,
                                    .type = page.type,
                                    .permissions = page.permissions},
                                   ByteView(machine.page(page.address).bytes, arch::kPageSize)));
  EXPECT_EQ(machine.enclave().measurement.current(), expected.finish());
}

TEST(Eextend, RefusesWhatTheProcessorDoes) {
  TestMachine machine;
  TestMachine other;
  const auto before = machine.enclave().measurement.current();
  EXPECT_TRUE(is_gp(eextend(machine.secs(), machine.page(kData), 128)));
  EXPECT_TRUE(is_gp(eextend(machine.secs(), machine.page(kData), arch::kPageSize)));
  EXPECT_TRUE(is_gp(eextend(machine.secs(), other.page(kData), 0))) << "another enclave's page";
  EXPECT_TRUE(is_pf(eextend(machine.secs(), machine.page(kFree), 0))) << "no page";
  EXPECT_TRUE(is_pf(eextend(machine.secs(), machine.secs(), 0))) << "neither regular nor TCS";
  EXPECT_EQ(machine.enclave().measurement.current(), before);
  machine.initialise();
  EXPECT_TRUE(is_gp(eextend(machine.secs(), machine.page(kData), 0))) << "initialised";
}

Outcome initialise(TestMachine& machine, const arch::Sigstruct& sigstruct) {
  const Outcome outcome = einit(sigstruct, machine.secs(), arch::signer_identity(sigstruct));
  EXPECT_EQ(machine.enclave().initialized(), outcome && *outcome == LeafStatus::kSuccess);
  return outcome;
}

TEST(Einit, WritesTheIdentityToTheSecs) {
  TestMachine machine;
  const arch::Sigstruct sigstruct = sign(contents_for(machine.secs()));
  ASSERT_EQ(initialise(machine, sigstruct), LeafStatus::kSuccess);
  const arch::Secs& secs = machine.enclave().secs;
  EXPECT_EQ(std::to_array(secs.mrenclave), arch::enclave_measurement(sigstruct));
  EXPECT_EQ(std::to_array(secs.mrsigner), arch::signer_identity(sigstruct));
  EXPECT_EQ(secs.isv_prod_id, 3);
  EXPECT_EQ(secs.isv_svn, 4);
  EXPECT_TRUE(is_gp(einit(sigstruct, machine.secs(), arch::signer_identity(sigstruct)))) << "a second time";
}

TEST(Einit, RefusesASignatureOfAnotherEnclaveOrASpoiltOne) {
  TestMachine machine;
  arch::SigstructContents contents = contents_for(machine.secs());
  contents.measurement[0] ^= 1;
  EXPECT_EQ(initialise(machine, sign(contents)), LeafStatus::kInvalidMeasurement);
  arch::Sigstruct spoilt = sign(contents_for(machine.secs()));
  spoilt.isv_svn ^= 1;
  EXPECT_EQ(initialise(machine, spoilt), LeafStatus::kInvalidSignature);
  spoilt = sign(contents_for(machine.secs()));
  spoilt.header[0] ^= 1;
  EXPECT_EQ(initialise(machine, spoilt), LeafStatus::kInvalidSigstruct);
}

TEST(Einit, AFailureCanBeMendedByAddingWhatWasMissing) {
  TestMachine complete;
  ASSERT_TRUE(add(complete, kFree, kRegularInfo));
  const arch::Sigstruct sigstruct = sign(contents_for(complete.secs()));
  TestMachine machine;
  EXPECT_EQ(initialise(machine, sigstruct), LeafStatus::kInvalidMeasurement);
  ASSERT_TRUE(add(machine, kFree, kRegularInfo));
  EXPECT_EQ(initialise(machine, sigstruct), LeafStatus::kSuccess);
}

TEST(Einit, HoldsTheSecsToWhatTheSignerFixed) {
  TestMachine machine;
  arch::SigstructContents contents = contents_for(machine.secs());
  contents.attributes.flags |= arch::kAttributeDebug;
  EXPECT_EQ(initialise(machine, sign(contents)), LeafStatus::kInvalidAttribute);
  contents = contents_for(machine.secs());
  contents.misc_select = 0;
  EXPECT_EQ(initialise(machine, sign(contents)), LeafStatus::kInvalidAttribute);
}

TEST(Einit, LaunchesOnlyForTheKeyThatTheOperatingSystemNamed) {
  TestMachine machine;
  const arch::Sigstruct sigstruct = sign(contents_for(machine.secs()));
  EXPECT_EQ(einit(sigstruct, machine.secs(), {}), LeafStatus::kInvalidEinitToken);
  EXPECT_FALSE(machine.enclave().initialized());
  arch::Secs secs = make_secs();
  secs.attributes.flags |= arch::kAttributeEinitTokenKey;
  TestMachine launcher(secs);
  EXPECT_EQ(einit(sign(contents_for(launcher.secs())), launcher.secs(), {}), LeafStatus::kInvalidAttribute);
}

TEST(Einit, LeavesTheProvisioningKeyToTheOperatingSystem) {
  arch::Secs secs = make_secs();
  secs.attributes.flags |= arch::kAttributeProvisionKey;
  TestMachine machine(secs);
  EXPECT_EQ(initialise(machine, sign(contents_for(machine.secs()))), LeafStatus::kSuccess);
}

TEST(Einit, NeedsASecs) {
  TestMachine machine;
  const arch::Sigstruct sigstruct = sign(contents_for(machine.secs()));
  EXPECT_TRUE(is_pf(einit(sigstruct, machine.page(kData), arch::signer_identity(sigstruct))));
  EXPECT_TRUE(is_pf(einit(sigstruct, machine.page(kFree), arch::signer_identity(sigstruct))));
}

TEST(Einit, GivesKssFieldsToTheIdentity) {
  arch::Secs secs = make_secs();
  secs.attributes.flags |= arch::kAttributeKss;
  secs.config_id[63] = 9;
  secs.config_svn = 2;
  TestMachine machine(secs);
  arch::SigstructContents contents = contents_for(machine.secs());
  contents.family_id[0] = 5;
  ASSERT_EQ(initialise(machine, sign(contents)), LeafStatus::kSuccess);
  EXPECT_EQ(machine.enclave().identity->config_id[63], 9);
  EXPECT_EQ(machine.enclave().identity->config_svn, 2);
  EXPECT_EQ(machine.enclave().identity->isv_family_id[0], 5);
}

}  // namespace
TEST(Sgx1, ReportsNoPageFaultsToEnclaves) {
  Processor processor;
  processor.xfrm = arch::kXfrmLegacy | arch::kXfrmAvx;
  processor.misc_select = 0;
  TestPage page;
  const arch::Secinfo secinfo = make_secinfo_of(arch::PageType::kSecs, 0);
  arch::Secs secs = make_secs();
  EXPECT_TRUE(is_gp(ecreate(processor, page.page, secs, secinfo)));
  secs.misc_select = 0;
  EXPECT_TRUE(ecreate(processor, page.page, secs, secinfo));
}

}  // namespace strongroom::sgx
