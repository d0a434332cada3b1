// EGETKEY in software: the keys of an enclave, derived from the platform's secret with exactly SGX's rules of
// which inputs each key depends on. Intel SDM volume 3D, chapter "SGX Instruction References", EGETKEY, table
// "Key Derivation" and pseudocode. Pure functions: no system calls, thread safe.
//
// How a processor computes a key from the inputs is its secret. Ours: the first 16 bytes of
//   HMAC-SHA256(device_key, "strongroom EGETKEY 1" || 0 || KeyDependencies)
// where KeyDependencies is every input of the table as a structure of fixed layout, absent ones as zeros.
// Left out is the PKCS#1 padding of the enclave's signature, which is the same constant for every enclave
// that EINIT accepts.
//
// In every key: the key's name, CPUSVN, and ATTRIBUTES with at least INIT and DEBUG, so that a debug enclave
// never gets a key of a production enclave. Beyond that ("request": from KEYREQUEST; "policy": where
// KEYPOLICY says so):
//                    EINITTOKEN  PROVISION  PROVISION_SEAL  REPORT  SEAL
//   ATTRIBUTES         masked      masked     masked          all     masked
//   MISCSELECT         masked      masked     masked          all     masked
//   the masks          -           yes        yes             -       yes
//   CPUSVN             request     request    request         own     request
//   ISVSVN             request     request    request         -       request
//   ISVPRODID          yes         yes        policy          -       policy
//   MRENCLAVE          -           -          -               yes     policy
//   MRSIGNER           yes         yes        yes             -       policy
//   CONFIGID, -SVN     -           -          policy          yes     policy
//   ISVFAMILYID        -           -          policy          -       policy
//   ISVEXTPRODID       -           -          policy          -       policy
//   KEYPOLICY          -           -          yes             -       yes
//   KEYID              request     -          -               request request
//   owner epoch        yes         -          -               yes     yes
//   seal fuses         yes         -          yes             yes     yes
#pragma once

#include "arch/identity.h"
#include "arch/key_request.h"
#include "arch/platform.h"
#include "arch/report_format.h"
#include "crypto/mac.h"

namespace strongroom::arch {

using EnclaveKey = crypto::Aes128Key;

// A copy of `request` in which everything is zero but what names the enclave's present seal key: its CPUSVN,
// ISVSVN and CONFIGSVN, and masks that bind the key to all attributes (FLAGS without XFRM: a seal key must
// outlive a new vector extension).
KeyRequest make_seal_request(const Platform& platform, const EnclaveIdentity& enclave, uint16_t key_policy,
                             const KeyId& key_id);
// The request with which the target of a report gets the key to check it.
KeyRequest make_report_request(const Report& report);

// The key that `enclave` asks for, or:
// kGeneralProtection: reserved bits or bytes are set, or a policy bit or CONFIGSVN is used without KSS
// kInvalidAttribute: the enclave has not the attribute for this key
// kInvalidCpuSvn, kInvalidIsvSvn: a version newer than the platform, the enclave or its configuration
// kInvalidKeyName
LeafResult<EnclaveKey> egetkey(const Platform& platform, const EnclaveIdentity& enclave,
                               const KeyRequest& request);

// How others address reports to this enclave.
TargetInfo target_info(const EnclaveIdentity& enclave);
// The key by which reports for `target` are authenticated; EREPORT's side of it, for report.cc.
EnclaveKey derive_report_key(const Platform& platform, const TargetInfo& target, const KeyId& key_id);

}  // namespace strongroom::arch
