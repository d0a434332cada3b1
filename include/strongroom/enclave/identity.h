// Who this enclave is, and proving it to another enclave on the same platform (local attestation). In a
// software TEE the keeper answers for the processor, by SGX's own rules: Intel SDM volume 3D, "EREPORT",
// "EGETKEY".
//
// All functions are thread safe. kUnsupported outside an enclave; kUnavailable where the host does not let
// the keeper answer; kVerificationFailed where it answers in the keeper's place.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "strongroom/result.h"

namespace strongroom::enclave {

struct Identity {
  std::array<uint8_t, 32> mrenclave{};
  std::array<uint8_t, 32> mrsigner{};  // zeros for an enclave that nobody signed
  uint16_t product_id = 0;
  uint16_t svn = 0;
  bool debug = false;  // its memory is open to the host: trust it with nothing

  bool operator==(const Identity&) const = default;
};

// TARGETINFO and REPORT as the SDM lays them out. Both may travel by any way.
using Target = std::array<uint8_t, 512>;
using Report = std::array<uint8_t, 432>;
using ReportData = std::array<uint8_t, 64>;

Result<Identity> own_identity();
// What another enclave needs in order to make a report that this one can verify.
Result<Target> own_target();
// A report that `target`, and nobody else, can verify. `data` is what this enclave says with it: a hash, a
// key.
Result<Report> report(const Target& target, const ReportData& data);

struct VerifiedReport {
  Identity identity;
  ReportData data;
  Target target;  // how to answer with a report
};
// Whether an enclave on this platform, in the same kind of TEE, made the report for this enclave.
// kVerificationFailed where not. A report can be replayed: what must be fresh belongs into its data.
Result<VerifiedReport> verify_report(const Report& report);

}  // namespace strongroom::enclave
