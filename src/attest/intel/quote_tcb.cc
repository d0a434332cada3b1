#include "attest/intel/quote_tcb.h"

#include <fmt/format.h>

#include "attest/intel/pcs_collateral.h"
#include "attest/intel/tcb_match.h"
#include "base/encoding.h"

namespace strongroom::attest::intel {
namespace {

constexpr auto kTcb = Concern::kTcb;

// The quoting enclave is Intel's: everything of it that the identity fixes.
Result<void> is_identity(const EnclaveReport& report, const EnclaveIdentity& identity) {
  if (report.mrsigner != identity.mrsigner)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("MRSIGNER {} is not that of {}", to_hex(report.mrsigner), identity.id));
  if (report.isv_prod_id != identity.isv_prod_id)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("ISVPRODID {} is not that of {}", report.isv_prod_id, identity.id));
  if ((report.misc_select & identity.misc_select_mask) != identity.misc_select)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("MISCSELECT 0x{:x} is not that of {}", report.misc_select, identity.id));
  for (size_t i = 0; i < report.attributes.size(); ++i)
    if ((report.attributes[i] & identity.attributes_mask[i]) != identity.attributes[i])
      return fail(ErrorCode::kVerificationFailed,
                  fmt::format("ATTRIBUTES {} are not those of {}", to_hex(report.attributes), identity.id));
  return {};
}

// The quoting enclave's level, or none where it could not be found.
const IsvLevel* judge_qe(const Quote& quote, const crypto::Certificate& root,
                         const VerificationOptions& options, Assessment& assessment) {
  const EnclaveIdentity* identity =
      use_enclave_identity(quote.td ? "TD_QE" : "QE", root, options, assessment);
  if (identity == nullptr) return nullptr;
  if (!assessment.judge(kTcb, "qe_identity.match", is_identity(quote.qe_report, *identity),
                        fmt::format("the quoting enclave is Intel's {}", identity->id)))
    return nullptr;
  const IsvLevel* level = match_isv_level(identity->levels, quote.qe_report.isv_svn);
  if (level == nullptr) {
    assessment.fail(
        kTcb, "qe_identity.level",
        fmt::format("the quoting enclave's ISVSVN {} is below every level", quote.qe_report.isv_svn));
    return nullptr;
  }
  assessment.pass(kTcb, "qe_identity.level",
                  fmt::format("ISVSVN {} is {}", quote.qe_report.isv_svn, to_string(level->status)));
  assessment.result.claims.vendor["tcb.qe_status"] = std::string(to_string(level->status));
  return level;
}

struct PlatformStatus {
  TcbStatus sgx;                    // by the PCK certificate alone
  TcbStatus level;                  // with the TD's components
  std::optional<TcbStatus> module;  // of TDX modules that have levels of their own
};

std::optional<PlatformStatus> judge_platform(const Quote& quote, const Platform& platform,
                                             const TcbInfo& info, Assessment& assessment) {
  const TdReport* td = quote.td ? &*quote.td : nullptr;
  const LevelMatch match = match_level(info, platform.pck, td);
  if (match.level == nullptr) {
    assessment.fail(kTcb, "tcb.level", "the platform is below every TCB level that Intel supports");
    return std::nullopt;
  }
  assessment.pass(kTcb, "tcb.level",
                  fmt::format("the platform's level is {}", to_string(match.level->status)));
  assessment.result.claims.vendor["tcb.platform_status"] = std::string(to_string(match.level->status));
  assessment.result.claims.vendor["tcb.evaluation_number"] = uint64_t{info.evaluation_number};
  assessment.advise(match.level->advisories);
  PlatformStatus status{match.sgx->status, match.level->status, std::nullopt};
  if (td == nullptr) return status;

  const auto module = match_module(info, *td);
  if (!module) {
    assessment.fail(kTcb, "tdx_module.identity", module.error().message);
    return std::nullopt;
  }
  assessment.pass(kTcb, "tdx_module.identity", "the TDX module is Intel's");
  if (module->level != nullptr) {
    status.module = module->level->status;
    assessment.advise(module->level->advisories);
    assessment.result.claims.vendor["tcb.module_status"] = std::string(to_string(module->level->status));
  }
  return status;
}

TcbStatus converged(const Quote& quote, const TcbInfo& info, const PlatformStatus& platform, TcbStatus qe) {
  TcbStatus status = platform.level;
  if (platform.module) status = converge(status, *platform.module);
  if (quote.td && platform.module)
    status =
        advise_relaunch(info, *quote.td, platform.sgx, status, *platform.module, qe == TcbStatus::kUpToDate);
  if (platform.sgx == TcbStatus::kRevoked) return TcbStatus::kRevoked;
  return converge(status, qe);
}

}  // namespace

void judge_tcb(const Quote& quote, const Platform& platform, const VerificationOptions& options,
               Assessment& assessment) {
  const TcbInfo* info = use_tcb_info(quote.td.has_value(), platform.pck, platform.chain.certificates.back(),
                                     options, assessment);
  const IsvLevel* qe = judge_qe(quote, platform.chain.certificates.back(), options, assessment);
  if (info == nullptr) {
    assessment.miss(kTcb, "tcb.status", "unknown without TCB info");
    return;
  }
  const auto status_of_platform = judge_platform(quote, platform, *info, assessment);
  if (!status_of_platform) return;
  if (qe == nullptr) {
    // A platform's status without its quoting enclave's would read better than it may be.
    assessment.miss(kTcb, "tcb.status", "unknown without the quoting enclave's identity");
    return;
  }
  assessment.advise(qe->advisories);
  const TcbStatus status = converged(quote, *info, *status_of_platform, qe->status);
  assessment.result.tcb_status = to_string(status);
  assessment.expect(status == TcbStatus::kUpToDate, kTcb, "tcb.status", "the TCB is up to date",
                    fmt::format("the TCB is {}, not UpToDate; a policy may allow it", to_string(status)));
}

}  // namespace strongroom::attest::intel
