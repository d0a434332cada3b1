// Identity of one of Intel's own enclaves (QE, TD_QE, QVE): whose quotes and reports are to be believed, and
// which versions. Version 2 of the document; PCS API version 4, "Get Quoting Enclave Identity".
#pragma once

#include <array>
#include <string>
#include <vector>

#include "attest/intel/tcb_info.h"

namespace strongroom::attest::intel {

struct EnclaveIdentity {
  std::string id;  // "QE", "TD_QE", "QVE"
  crypto::Period validity;
  uint32_t evaluation_number = 0;
  uint32_t misc_select = 0, misc_select_mask = 0;  // written byte by byte, as in memory
  std::array<uint8_t, 16> attributes{}, attributes_mask{};
  std::array<uint8_t, 32> mrsigner{};
  uint16_t isv_prod_id = 0;
  std::vector<IsvLevel> levels;
  SignedBody signed_body;
};

// Parses; the signature is verified where the document is used.
Result<EnclaveIdentity> parse_enclave_identity(ByteView text);

}  // namespace strongroom::attest::intel
