// SECS, the enclave's control structure. Freestanding.
// Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures", table "Layout of SGX Enclave
// Control Structure (SECS)".
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/attributes.h"

namespace strongroom::arch {

struct Secs {
  uint64_t size;            // bytes; a power of two
  uint64_t base_address;    // a multiple of size
  uint32_t ssa_frame_size;  // pages
  uint32_t misc_select;     // MiscSelect
  uint64_t cet_legacy_bitmap_offset;
  uint8_t cet_attributes;
  uint8_t reserved1[15];
  Attributes attributes;
  uint8_t mrenclave[32];
  uint8_t reserved2[32];
  uint8_t mrsigner[32];
  uint8_t reserved3[32];
  uint8_t config_id[64];
  uint16_t isv_prod_id;
  uint16_t isv_svn;
  uint16_t config_svn;
  uint8_t reserved4[3834];  // the processor's own use; zero in ECREATE's input
};
static_assert(sizeof(Secs) == 4096);
static_assert(offsetof(Secs, size) == 0);
static_assert(offsetof(Secs, base_address) == 8);
static_assert(offsetof(Secs, ssa_frame_size) == 16);
static_assert(offsetof(Secs, misc_select) == 20);
static_assert(offsetof(Secs, cet_legacy_bitmap_offset) == 24);
static_assert(offsetof(Secs, cet_attributes) == 32);
static_assert(offsetof(Secs, attributes) == 48);
static_assert(offsetof(Secs, mrenclave) == 64);
static_assert(offsetof(Secs, mrsigner) == 128);
static_assert(offsetof(Secs, config_id) == 192);
static_assert(offsetof(Secs, isv_prod_id) == 256);
static_assert(offsetof(Secs, isv_svn) == 258);
static_assert(offsetof(Secs, config_svn) == 260);
static_assert(offsetof(Secs, reserved4) == 262);

}  // namespace strongroom::arch
