// What the platform knows of an enclave that has been initialised: the fields of SECS that keys and reports
// are made of, and the two (ISVFAMILYID, ISVEXTPRODID) that a processor keeps in SECS at places of its own
// choice.
#pragma once

#include <array>

#include "arch/attributes.h"
#include "arch/leaf.h"
#include "arch/sigstruct.h"

namespace strongroom::arch {

// The outcome of an instruction, with its failure as the architecture states it.
template <typename T>
using LeafResult = tl::expected<T, LeafStatus>;

inline tl::unexpected<LeafStatus> fail_leaf(LeafStatus status) {
  return tl::unexpected<LeafStatus>(status);
}

struct EnclaveIdentity {
  Measurement mrenclave{};
  SignerIdentity mrsigner{};
  Attributes attributes{};  // kAttributeInit set
  uint32_t misc_select = 0;
  uint8_t cet_attributes = 0;
  uint16_t isv_prod_id = 0;
  uint16_t isv_svn = 0;
  uint16_t config_svn = 0;
  std::array<uint8_t, 64> config_id{};
  std::array<uint8_t, 16> isv_family_id{};
  std::array<uint8_t, 16> isv_ext_prod_id{};

  bool operator==(const EnclaveIdentity&) const = default;
};

}  // namespace strongroom::arch
