// Which of Intel's TCB levels a platform has reached (PCS API version 4, "Get TCB Info", "TCB level
// selection"; DCAP Quote Verification Library API, 4.1.2.4.17).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/intel/pck.h"
#include "attest/intel/quote.h"
#include "attest/intel/tcb_info.h"

namespace strongroom::attest::intel {

// The level that one platform matches: the first, in the document's order, all of whose SGX components and
// PCESVN (and, of a TD, TDX components) the platform reaches.
struct LevelMatch {
  const TcbLevel* sgx = nullptr;    // by the PCK certificate alone
  const TcbLevel* level = nullptr;  // with the TDX components of a TD; the same as `sgx` for SGX
};
LevelMatch match_level(const TcbInfo& info, const PckExtensions& pck, const TdReport* td);

// The TDX module that ran the TD: whether Intel knows it, and what its version is worth.
struct ModuleMatch {
  const TdxModule* module = nullptr;
  const IsvLevel* level = nullptr;  // null for modules of major version 0, whose level the platform's holds
};
// kVerificationFailed where the TD's module is not Intel's or is older than every level.
Result<ModuleMatch> match_module(const TcbInfo& info, const TdReport& td);

// The level of an enclave with a single version number: the first that it reaches.
const IsvLevel* match_isv_level(const std::vector<IsvLevel>& levels, uint16_t isv_svn);

// TDX 1.5: an out of date TD on a platform that has been updated under it need only be launched again
// (DCAP Quote Verification Library API, 4.1.2.4.17.4.3). `status` is that of platform and module together,
// `module_status` of the module alone; `qe_current` says that the quoting enclave is up to date.
TcbStatus advise_relaunch(const TcbInfo& info, const TdReport& td, TcbStatus sgx_status, TcbStatus status,
                          TcbStatus module_status, bool qe_current);

}  // namespace strongroom::attest::intel
