// EINIT in software: whether an enclave may run, and who it is then. Intel SDM volume 3D, chapter "SGX
// Instruction References", ECREATE and EINIT.
//
// Launch control is what differs by design: there is no launch enclave and no EINITTOKEN. The keeper decides
// which controlled attributes it grants, as an operating system does on processors with flexible launch
// control.
#pragma once

#include "arch/identity.h"

namespace strongroom::arch {

// What the host asked for, and what the platform measured while it loaded the pages.
struct EinitInput {
  Measurement measurement{};
  Attributes attributes = kDefaultAttributes;  // kAttributeDebug: a debug launch
  uint32_t misc_select = 0;
  std::array<uint8_t, 64> config_id{};  // needs kAttributeKss
  uint16_t config_svn = 0;              // needs kAttributeKss
  // Grants of the platform's owner for kAttributeProvisionKey and kAttributeEinitTokenKey.
  bool provisioning_permitted = false;
  bool launch_key_permitted = false;
};

// The identity of the enclave, or:
// kGeneralProtection: attributes that ECREATE refuses (unknown bits, INIT, no legacy XFRM, half of AVX-512,
//   MPX or AMX, AVX-512 without AVX, unknown MISCSELECT; CONFIGID or CONFIGSVN without KSS)
// kInvalidSigstruct: its form is wrong, or it uses ISVFAMILYID without KSS
// kInvalidSignature: modulus, signature, q1 or q2 do not hold
// kInvalidMeasurement: it is the SIGSTRUCT of another enclave
// kInvalidAttribute: the signer, or the platform's owner, does not permit these attributes
LeafResult<EnclaveIdentity> einit(const Sigstruct& sigstruct, const EinitInput& input);

// A status in words, with what to do about it; for messages to people.
std::string_view to_string(LeafStatus status);

}  // namespace strongroom::arch
