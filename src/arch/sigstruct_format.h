// SIGSTRUCT, the signed certificate of an enclave: its layout. Freestanding; sigstruct.h makes and checks it.
// Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures", table "Layout of Enclave
// Signature Structure (SIGSTRUCT)". Big numbers are little-endian.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/attributes.h"

namespace strongroom::arch {

inline constexpr size_t kRsaBytes = 384;  // RSA-3072
inline constexpr uint32_t kRsaExponent = 3;

inline constexpr uint8_t kSigstructHeader[16] = {0x06, 0, 0, 0, 0xe1, 0, 0, 0, 0, 0, 0x01, 0, 0, 0, 0, 0};
inline constexpr uint8_t kSigstructHeader2[16] = {0x01, 0x01, 0, 0, 0x60, 0, 0, 0,
                                                  0x60, 0,    0, 0, 0x01, 0, 0, 0};
inline constexpr uint32_t kVendorOther = 0;
inline constexpr uint32_t kVendorIntel = 0x8086;

struct Sigstruct {
  uint8_t header[16];
  uint32_t vendor;
  uint32_t date;  // 0xYYYYMMDD, binary-coded decimal
  uint8_t header2[16];
  uint32_t software_defined;
  uint8_t reserved1[84];
  uint8_t modulus[kRsaBytes];
  uint32_t exponent;
  uint8_t signature[kRsaBytes];
  uint32_t misc_select;
  uint32_t misc_mask;  // which bits of MISCSELECT the signer fixes
  uint8_t cet_attributes;
  uint8_t cet_attributes_mask;
  uint8_t reserved2[2];
  uint8_t isv_family_id[16];
  Attributes attributes;
  Attributes attribute_mask;  // which bits of ATTRIBUTES the signer fixes
  uint8_t enclave_hash[32];   // MRENCLAVE
  uint8_t reserved3[16];
  uint8_t isv_ext_prod_id[16];
  uint16_t isv_prod_id;
  uint16_t isv_svn;
  uint8_t reserved4[12];
  uint8_t q1[kRsaBytes];  // floor(signature^2 / modulus)
  uint8_t q2[kRsaBytes];  // floor((signature^3 - q1 * signature * modulus) / modulus)
};
static_assert(sizeof(Sigstruct) == 1808);
static_assert(offsetof(Sigstruct, header) == 0);
static_assert(offsetof(Sigstruct, vendor) == 16);
static_assert(offsetof(Sigstruct, date) == 20);
static_assert(offsetof(Sigstruct, header2) == 24);
static_assert(offsetof(Sigstruct, software_defined) == 40);
static_assert(offsetof(Sigstruct, reserved1) == 44);
static_assert(offsetof(Sigstruct, modulus) == 128);
static_assert(offsetof(Sigstruct, exponent) == 512);
static_assert(offsetof(Sigstruct, signature) == 516);
static_assert(offsetof(Sigstruct, misc_select) == 900);
static_assert(offsetof(Sigstruct, misc_mask) == 904);
static_assert(offsetof(Sigstruct, cet_attributes) == 908);
static_assert(offsetof(Sigstruct, cet_attributes_mask) == 909);
static_assert(offsetof(Sigstruct, reserved2) == 910);
static_assert(offsetof(Sigstruct, isv_family_id) == 912);
static_assert(offsetof(Sigstruct, attributes) == 928);
static_assert(offsetof(Sigstruct, attribute_mask) == 944);
static_assert(offsetof(Sigstruct, enclave_hash) == 960);
static_assert(offsetof(Sigstruct, reserved3) == 992);
static_assert(offsetof(Sigstruct, isv_ext_prod_id) == 1008);
static_assert(offsetof(Sigstruct, isv_prod_id) == 1024);
static_assert(offsetof(Sigstruct, isv_svn) == 1026);
static_assert(offsetof(Sigstruct, reserved4) == 1028);
static_assert(offsetof(Sigstruct, q1) == 1040);
static_assert(offsetof(Sigstruct, q2) == 1424);

}  // namespace strongroom::arch
