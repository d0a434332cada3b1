// TCB info of Intel's PCS: the security versions that Intel knows of one platform family, and what each is
// worth. Versions 2 (SGX) and 3 (SGX, TDX) of the document; PCS API version 4, "Get TCB Info", appendix A.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "attest/intel/signed_json.h"
#include "attest/intel/tcb_status.h"
#include "crypto/certificate.h"

namespace strongroom::attest::intel {

using ComponentSvns = std::array<uint8_t, 16>;

struct TcbLevel {
  ComponentSvns sgx{};
  ComponentSvns tdx{};  // zero in TCB info about SGX
  uint16_t pce_svn = 0;
  TcbStatus status = TcbStatus::kRevoked;
  std::vector<std::string> advisories;
};

// A level of an enclave or module that has one version number.
struct IsvLevel {
  uint16_t isv_svn = 0;
  TcbStatus status = TcbStatus::kRevoked;
  std::vector<std::string> advisories;
};

struct TdxModule {
  std::string id;  // "TDX_01"; empty for the document's "tdxModule"
  std::array<uint8_t, 48> mrsigner{};
  std::array<uint8_t, 8> attributes{}, attributes_mask{};
  std::vector<IsvLevel> levels;  // empty for "tdxModule"
};

struct TcbInfo {
  bool tdx = false;  // id "TDX"; otherwise "SGX", or version 2
  unsigned version = 0;
  crypto::Period validity;  // issueDate to nextUpdate
  std::array<uint8_t, 6> fmspc{};
  std::array<uint8_t, 2> pce_id{};
  uint32_t evaluation_number = 0;  // tcbEvaluationDataNumber
  std::optional<TdxModule> module;
  std::vector<TdxModule> module_identities;
  std::vector<TcbLevel> levels;  // in the order of the document: the best first
  SignedBody signed_body;
};

// Parses; the signature is verified where the document is used.
Result<TcbInfo> parse_tcb_info(ByteView text);

}  // namespace strongroom::attest::intel
