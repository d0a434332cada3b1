// Pieces that TCB info and enclave identities have in common.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "attest/intel/tcb_info.h"

namespace strongroom::attest::intel {

// issueDate and nextUpdate.
Result<crypto::Period> pcs_validity(const nlohmann::json& body);
// tcbStatus and advisoryIDs of a level.
Result<TcbStatus> pcs_status(const nlohmann::json& level);
Result<std::vector<std::string>> pcs_advisories(const nlohmann::json& level);
// [{"tcb": {"isvsvn": n}, "tcbStatus": ...}, ...], not empty.
Result<std::vector<IsvLevel>> pcs_isv_levels(const nlohmann::json& object);

template <size_t N>
std::array<uint8_t, N> to_array(const Bytes& bytes) {
  std::array<uint8_t, N> out{};
  for (size_t i = 0; i < N && i < bytes.size(); ++i) out[i] = bytes[i];
  return out;
}

}  // namespace strongroom::attest::intel
