// A platform and an enclave for tests: every field has a value of its own, so that a mix-up shows.
#pragma once

#include "arch/key.h"

namespace strongroom::arch {

template <size_t N>
std::array<uint8_t, N> filled(uint8_t value) {
  std::array<uint8_t, N> out;
  out.fill(value);
  return out;
}

inline Platform test_platform() {
  return {.secret = {filled<32>(0x01), filled<32>(0x02)},
          .owner_epoch = filled<16>(0x03),
          .cpu_svn = filled<16>(0x0a),
          .report_key_id = filled<32>(0x05)};
}

// A production enclave with KSS that may ask for every key.
inline EnclaveIdentity test_enclave() {
  EnclaveIdentity out;
  out.mrenclave = filled<32>(0x11);
  out.mrsigner = filled<32>(0x12);
  out.attributes = {
      kAttributeInit | kAttributeMode64 | kAttributeProvisionKey | kAttributeEinitTokenKey | kAttributeKss,
      kXfrmLegacy | kXfrmAvx};
  out.misc_select = kMiscExinfo;
  out.cet_attributes = 0x21;
  out.isv_prod_id = 0x1314;
  out.isv_svn = 5;
  out.config_svn = 7;
  out.config_id = filled<64>(0x15);
  out.isv_family_id = filled<16>(0x16);
  out.isv_ext_prod_id = filled<16>(0x17);
  return out;
}

}  // namespace strongroom::arch
