// Every input that an enclave's key may depend on, and which of them each kind of key takes; for key.cc.
// Intel SDM volume 3D, chapter "SGX Instruction References", EGETKEY, TMP_KEYDEPENDENCIES. Nothing is checked
// here.
#pragma once

#include <type_traits>

#include "arch/identity.h"
#include "arch/key_request.h"
#include "arch/platform.h"
#include "arch/report_format.h"

namespace strongroom::arch {

// What a key does not depend on is zero. The layout is ours, and part of the meaning of sealed data: it must
// not change without a new label in key.cc.
struct KeyDependencies {
  KeyName key_name;
  uint16_t key_policy;
  uint16_t isv_prod_id;
  uint16_t isv_svn;
  uint16_t config_svn;
  uint8_t cet_attributes;
  uint8_t cet_attributes_mask;
  uint32_t misc_select;
  uint32_t misc_mask;
  uint32_t reserved;
  Attributes attributes;
  Attributes attribute_mask;
  uint8_t owner_epoch[16];
  uint8_t cpu_svn[16];
  uint8_t isv_family_id[16];
  uint8_t isv_ext_prod_id[16];
  uint8_t mrenclave[32];
  uint8_t mrsigner[32];
  uint8_t key_id[32];
  uint8_t config_id[64];
  uint8_t seal_fuses[32];
};
static_assert(sizeof(KeyDependencies) == 312);
static_assert(std::has_unique_object_representations_v<KeyDependencies>, "no padding: every byte is hashed");

KeyDependencies seal_dependencies(const Platform& platform, const EnclaveIdentity& enclave,
                                  const KeyRequest& request);
KeyDependencies einit_token_dependencies(const Platform& platform, const EnclaveIdentity& enclave,
                                         const KeyRequest& request);
KeyDependencies provision_dependencies(const EnclaveIdentity& enclave, const KeyRequest& request);
KeyDependencies provision_seal_dependencies(const Platform& platform, const EnclaveIdentity& enclave,
                                            const KeyRequest& request);
KeyDependencies report_dependencies(const Platform& platform, const TargetInfo& target, const KeyId& key_id);

}  // namespace strongroom::arch
