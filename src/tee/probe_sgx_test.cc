#include "tee/probe_sgx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace strongroom::tee {
namespace {

using testing::HasSubstr;

// A machine on which SGX and quotes work.
SgxFacts ready() {
  SgxFacts facts;
  facts.intel = facts.processor = facts.sgx2 = facts.launch_control = facts.exinfo = true;
  facts.firmware = FirmwareSgx::kEnabled;
  facts.kernel = {6, 1, "6.1.0"};
  facts.protected_memory = true;
  facts.quote_library = facts.quote_provider = facts.quoting_enclaves = true;
  return facts;
}

struct Case {
  const char* name;
  void (*change)(SgxFacts&);
  const char* reason;
  const char* remedy;
};
const Case kCases[] = {
    {"emulated", [](SgxFacts& f) { f.emulated = true; }, "protects nothing", "LD_PRELOAD"},
    {"other_vendor", [](SgxFacts& f) { f.intel = false; }, "not Intel's", ""},
    {"no_sgx", [](SgxFacts& f) { f.processor = false; }, "offers no SGX", "firmware's settings"},
    {"disabled",
     [](SgxFacts& f) {
       f.processor = false;
       f.firmware = FirmwareSgx::kDisabled;
     },
     "firmware has not enabled SGX", "enable SGX"},
    {"no_launch_control", [](SgxFacts& f) { f.launch_control = false; }, "launch control", "unlocked"},
    {"locked_launch_control", [](SgxFacts& f) { f.firmware = FirmwareSgx::kWithoutLaunchControl; },
     "launch control", "unlocked"},
    {"virtual_machine_without",
     [](SgxFacts& f) {
       f.processor = false;
       f.in_virtual_machine = true;
     },
     "virtual machine is given no SGX", "sgxlc"},
    {"no_protected_memory", [](SgxFacts& f) { f.protected_memory = false; }, "no protected memory", "PRMRR"},
    {"nosgx", [](SgxFacts& f) { f.kernel_told_not_to = true; }, "nosgx", "command line"},
    {"no_permission_of_a_group",
     [](SgxFacts& f) {
       f.enclave_device = EACCES;
       f.enclave_group = "sgx";
     },
     "Permission denied", "the group `sgx`"},
    {"old_kernel",
     [](SgxFacts& f) {
       f.kernel = {5, 10, "5.10"};
     },
     "before 5.11", "6.0"},
    {"kernel_without", [](SgxFacts& f) { f.kernel_configured = false; }, "without SGX", "CONFIG_X86_SGX"},
    {"no_device", [](SgxFacts& f) { f.enclave_device = ENOENT; }, "no /dev/sgx_enclave", "log"},
    {"no_permission", [](SgxFacts& f) { f.enclave_device = EACCES; }, "Permission denied", "group"},
};

TEST(Sgx, IsUsableWhereEverythingIsThere) {
  EXPECT_TRUE(explain_sgx(ready()).present);
  EXPECT_TRUE(explain_sgx_quotes(ready()).present);
}

TEST(Sgx, WithoutEdmmIsUsableAndSaysForWhichImages) {
  SgxFacts sgx1 = ready(), old_kernel = ready();
  sgx1.sgx2 = sgx1.exinfo = false;
  old_kernel.kernel = {5, 11, "5.11"};
  for (const SgxFacts& facts : {sgx1, old_kernel}) {
    const Feature feature = explain_sgx(facts);
    EXPECT_TRUE(feature.present);
    EXPECT_THAT(feature.detail, HasSubstr("`edmm = false`"));
    EXPECT_TRUE(explain_sgx_quotes(facts).present);
  }
  EXPECT_THAT(explain_sgx(sgx1).detail, HasSubstr("SGX1 only"));
  EXPECT_THAT(explain_sgx(old_kernel).remedy, HasSubstr("6.0"));
}

TEST(Sgx, SaysWhetherImagesThatAskForAexNotifyRun) {
  SgxFacts facts = ready();
  EXPECT_THAT(explain_sgx(facts).detail, HasSubstr("no AEX-Notify: images with `aex_notify` are refused"));
  facts.aex_notify = true;
  EXPECT_THAT(explain_sgx(facts).detail, HasSubstr("not in Linux before 6.2"));
  facts.kernel = {6, 2, "6.2"};
  EXPECT_EQ(explain_sgx(facts).detail, "SGX2, /dev/sgx_enclave, AEX-Notify");
  EXPECT_TRUE(explain_sgx(facts).present);
}

TEST(Sgx, EachObstacleHasItsReasonAndRemedy) {
  for (const Case& one : kCases) {
    SgxFacts facts = ready();
    one.change(facts);
    const Feature feature = explain_sgx(facts);
    EXPECT_FALSE(feature.present) << one.name;
    EXPECT_THAT(feature.detail, HasSubstr(one.reason)) << one.name;
    EXPECT_THAT(feature.remedy, HasSubstr(one.remedy)) << one.name;
    EXPECT_FALSE(explain_sgx_quotes(facts).present) << one.name;
  }
}

TEST(SgxQuotes, NeedTheLibraryAndAWayToThePlatformsKey) {
  SgxFacts facts = ready();
  facts.quote_library = false;
  EXPECT_THAT(explain_sgx_quotes(facts).remedy, HasSubstr("libsgx-dcap-ql"));
  facts = ready();
  facts.quote_provider = false;
  EXPECT_THAT(explain_sgx_quotes(facts).remedy, HasSubstr("libsgx-dcap-default-qpl"));
  facts = ready();
  facts.provision_device = EACCES;
  EXPECT_TRUE(explain_sgx_quotes(facts).present) << "AESM does it";
  facts.aesm = ECONNREFUSED;
  facts.provision_group = "sgx_prv";
  EXPECT_THAT(explain_sgx_quotes(facts).remedy,
              HasSubstr("the group `sgx_prv`, which owns it, or start aesmd"));
  EXPECT_THAT(explain_sgx_quotes(facts).detail, HasSubstr("Connection refused"));
  facts.provision_device = 0;
  EXPECT_TRUE(explain_sgx_quotes(facts).present) << "the library loads the quoting enclave itself";
  facts.quoting_enclaves = false;
  EXPECT_THAT(explain_sgx_quotes(facts).remedy, HasSubstr("libsgx-ae-qe3"));
  facts.aesm = 0;
  EXPECT_TRUE(explain_sgx_quotes(facts).present) << "AESM has its own";
}

}  // namespace
}  // namespace strongroom::tee
