#include "arch/key.h"

#include <gtest/gtest.h>

#include "arch/test_platform.h"
#include "base/encoding.h"

namespace strongroom::arch {
namespace {

KeyRequest seal_request() {
  KeyRequest request = make_seal_request(test_platform(), test_enclave(), kPolicyMrsigner, filled<32>(0x21));
  request.attribute_mask = {~uint64_t{0}, ~uint64_t{0}};
  return request;
}

LeafStatus status(const KeyRequest& request, const EnclaveIdentity& enclave = test_enclave()) {
  const LeafResult<EnclaveKey> key = egetkey(test_platform(), enclave, request);
  return key ? LeafStatus::kSuccess : key.error();
}

constexpr KeyName kAllNames[] = {KeyName::kEinitToken, KeyName::kProvision, KeyName::kProvisionSeal,
                                 KeyName::kReport, KeyName::kSeal};

// The derivation written down once more, by other code: the message put together by hand and HMAC-SHA256 of
// Python's standard library. Sealed data outlives this program, so these values must never change.
TEST(Key, ValuesThatSealedDataRestsOn) {
  KeyRequest request = seal_request();
  request.key_policy =
      kPolicyMrenclave | kPolicyMrsigner | kPolicyConfigId | kPolicyIsvFamilyId | kPolicyIsvExtProdId;
  request.cet_attributes_mask = 0xff;
  EXPECT_EQ(to_hex(egetkey(test_platform(), test_enclave(), request).value()),
            "c042d8838afad5091da4bf716e947a7f");
  request.key_name = KeyName::kReport;
  EXPECT_EQ(to_hex(egetkey(test_platform(), test_enclave(), request).value()),
            "fd4992b7f4087506554c35d9f0201ae3");
  request.key_name = KeyName::kProvision;
  EXPECT_EQ(to_hex(egetkey(test_platform(), test_enclave(), request).value()),
            "5e84e3d8a894b493c9291ed9a0ca94a7");
}

TEST(Key, PlatformSecretsOfDomainsAreUnrelated) {
  const Bytes master(32, 0x42);
  const PlatformSecret process = derive_platform_secret(master, "process");
  const PlatformSecret vm = derive_platform_secret(master, "vm");
  EXPECT_NE(process.device_key, vm.device_key);
  EXPECT_NE(process.seal_fuses, vm.seal_fuses);
  EXPECT_NE(process.device_key, process.seal_fuses);
  EXPECT_EQ(process.device_key, derive_platform_secret(master, "process").device_key);
  EXPECT_NE(process.device_key, derive_platform_secret(Bytes(32, 0x43), "process").device_key);
}

TEST(Key, ADebugEnclaveNeverGetsAKeyOfAProductionEnclave) {
  EnclaveIdentity debug = test_enclave();
  debug.attributes.flags |= kAttributeDebug;
  for (const KeyName name : kAllNames) {
    KeyRequest request = seal_request();
    request.key_name = name;
    request.attribute_mask = {};  // it asks to leave all attributes out
    EXPECT_NE(egetkey(test_platform(), debug, request).value(),
              egetkey(test_platform(), test_enclave(), request).value())
        << static_cast<int>(name);
  }
}

TEST(Key, ReservedBytesAreRefused) {
  for (const KeyName name : kAllNames) {
    KeyRequest request = seal_request();
    request.key_name = name;
    request.reserved1 = 1;
    EXPECT_EQ(status(request), LeafStatus::kGeneralProtection);
    request.reserved1 = 0;
    for (uint8_t& byte : request.reserved2) {
      byte = 0x80;
      EXPECT_EQ(status(request), LeafStatus::kGeneralProtection);
      byte = 0;
    }
    EXPECT_EQ(status(request), LeafStatus::kSuccess);
  }
}

TEST(Key, ReservedPolicyBitsAreRefused) {
  for (unsigned bit = 0; bit < 16; ++bit) {
    KeyRequest request = seal_request();
    request.key_policy = static_cast<uint16_t>(1u << bit);
    EXPECT_EQ(status(request), bit < 6 ? LeafStatus::kSuccess : LeafStatus::kGeneralProtection) << bit;
  }
}

TEST(Key, PoliciesOfKssNeedKss) {
  EnclaveIdentity without = test_enclave();
  without.attributes.flags &= ~uint64_t{kAttributeKss};
  for (unsigned bit = 0; bit < 6; ++bit) {
    KeyRequest request = seal_request();
    request.config_svn = 0;
    request.key_policy = static_cast<uint16_t>(1u << bit);
    EXPECT_EQ(status(request, without), bit < 2 ? LeafStatus::kSuccess : LeafStatus::kGeneralProtection)
        << bit;
  }
  KeyRequest request = seal_request();
  request.config_svn = 1;
  EXPECT_EQ(status(request, without), LeafStatus::kGeneralProtection);
}

TEST(Key, ControlledKeysNeedTheirAttribute) {
  const std::pair<KeyName, uint64_t> cases[] = {{KeyName::kEinitToken, kAttributeEinitTokenKey},
                                                {KeyName::kProvision, kAttributeProvisionKey},
                                                {KeyName::kProvisionSeal, kAttributeProvisionKey}};
  for (const auto& [name, attribute] : cases) {
    KeyRequest request = seal_request();
    request.key_name = name;
    EnclaveIdentity enclave = test_enclave();
    EXPECT_EQ(status(request, enclave), LeafStatus::kSuccess);
    enclave.attributes.flags &= ~attribute;
    EXPECT_EQ(status(request, enclave), LeafStatus::kInvalidAttribute);
  }
}

TEST(Key, AnUnprivilegedEnclaveGetsItsReportAndSealKeys) {
  EnclaveIdentity enclave = test_enclave();
  enclave.attributes.flags = kAttributeInit | kAttributeMode64;
  KeyRequest request = seal_request();
  request.config_svn = 0;
  EXPECT_EQ(status(request, enclave), LeafStatus::kSuccess);
  request.key_name = KeyName::kReport;
  EXPECT_EQ(status(request, enclave), LeafStatus::kSuccess);
}

TEST(Key, AnyNewerComponentOfCpusvnIsRefused) {
  for (const KeyName name : kAllNames) {
    for (size_t i = 0; i < 16; ++i) {
      KeyRequest request = seal_request();
      request.key_name = name;
      for (uint8_t& component : request.cpu_svn) component = 0;
      request.cpu_svn[i] = 0x0a;
      EXPECT_EQ(status(request), LeafStatus::kSuccess);
      request.cpu_svn[i] = 0x0b;
      EXPECT_EQ(status(request),
                name == KeyName::kReport ? LeafStatus::kSuccess : LeafStatus::kInvalidCpuSvn);
    }
  }
}

TEST(Key, ANewerIsvsvnIsRefused) {
  for (const KeyName name : kAllNames) {
    KeyRequest request = seal_request();
    request.key_name = name;
    request.isv_svn = 6;
    EXPECT_EQ(status(request), name == KeyName::kReport ? LeafStatus::kSuccess : LeafStatus::kInvalidIsvSvn);
  }
}

TEST(Key, ANewerConfigsvnIsRefusedWhereAKeyHasOne) {
  for (const KeyName name : kAllNames) {
    KeyRequest request = seal_request();
    request.key_name = name;
    request.config_svn = 8;
    const bool has_one = name == KeyName::kSeal || name == KeyName::kProvisionSeal;
    EXPECT_EQ(status(request), has_one ? LeafStatus::kInvalidIsvSvn : LeafStatus::kSuccess);
  }
}

TEST(Key, UnknownNamesAreRefused) {
  for (const unsigned name : {5u, 6u, 0x100u, 0xffffu}) {
    KeyRequest request = seal_request();
    request.key_name = static_cast<KeyName>(name);
    EXPECT_EQ(status(request), LeafStatus::kInvalidKeyName) << name;
  }
}

TEST(Key, ASealKeyOutlivesAnUpgradeOfTheEnclave) {
  const Platform platform = test_platform();
  const KeyRequest request = make_seal_request(platform, test_enclave(), kPolicyMrsigner, filled<32>(1));
  EnclaveIdentity newer = test_enclave();
  newer.mrenclave = filled<32>(0x99);
  newer.isv_svn = 6;
  newer.attributes.xfrm |= kXfrmAvx512;
  EXPECT_EQ(egetkey(platform, newer, request).value(), egetkey(platform, test_enclave(), request).value());
}

}  // namespace
}  // namespace strongroom::arch
