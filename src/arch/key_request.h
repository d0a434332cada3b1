// KEYREQUEST: which key an enclave asks EGETKEY for. Freestanding; key.h derives the keys.
// Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures", tables "Layout of KEYREQUEST
// Data Structure", "Supported KEYName Values", "Layout of KEYPOLICY Field".
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/attributes.h"

namespace strongroom::arch {

// What EGETKEY requires of addresses, in bytes.
inline constexpr size_t kKeyRequestAlignment = 512;
inline constexpr size_t kKeyAlignment = 16;
inline constexpr size_t kKeySize = 16;

enum class KeyName : uint16_t {
  kEinitToken = 0,
  kProvision = 1,
  kProvisionSeal = 2,
  kReport = 3,
  kSeal = 4,
};

// Which parts of the enclave's identity a seal key depends on. All but the first two need ATTRIBUTES.KSS.
enum KeyPolicy : uint16_t {
  kPolicyMrenclave = 1u << 0,
  kPolicyMrsigner = 1u << 1,
  kPolicyNoIsvProdId = 1u << 2,
  kPolicyConfigId = 1u << 3,  // CONFIGID and CONFIGSVN
  kPolicyIsvFamilyId = 1u << 4,
  kPolicyIsvExtProdId = 1u << 5,
};
inline constexpr uint16_t kPolicyNeedsKss =
    kPolicyNoIsvProdId | kPolicyConfigId | kPolicyIsvFamilyId | kPolicyIsvExtProdId;
inline constexpr uint16_t kPolicyKnown = kPolicyMrenclave | kPolicyMrsigner | kPolicyNeedsKss;

struct KeyRequest {
  KeyName key_name;
  uint16_t key_policy;  // KeyPolicy
  uint16_t isv_svn;
  uint8_t cet_attributes_mask;
  uint8_t reserved1;
  uint8_t cpu_svn[16];
  Attributes attribute_mask;
  uint8_t key_id[32];
  uint32_t misc_mask;
  uint16_t config_svn;
  uint8_t reserved2[434];
};
static_assert(sizeof(KeyRequest) == 512);
static_assert(offsetof(KeyRequest, key_name) == 0);
static_assert(offsetof(KeyRequest, key_policy) == 2);
static_assert(offsetof(KeyRequest, isv_svn) == 4);
static_assert(offsetof(KeyRequest, cet_attributes_mask) == 6);
static_assert(offsetof(KeyRequest, reserved1) == 7);
static_assert(offsetof(KeyRequest, cpu_svn) == 8);
static_assert(offsetof(KeyRequest, attribute_mask) == 24);
static_assert(offsetof(KeyRequest, key_id) == 40);
static_assert(offsetof(KeyRequest, misc_mask) == 72);
static_assert(offsetof(KeyRequest, config_svn) == 76);
static_assert(offsetof(KeyRequest, reserved2) == 78);

}  // namespace strongroom::arch
