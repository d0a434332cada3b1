#include "attest/intel/tcb_match.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace strongroom::attest::intel {
namespace {

bool reaches(const ComponentSvns& have, const ComponentSvns& need, size_t first) {
  for (size_t i = first; i < have.size(); ++i)
    if (have[i] < need[i]) return false;
  return true;
}

// TEE_TCB_SVN[1] is the module's major version. From 1 on, components 0 and 1 speak of the module, which has
// its own identity and levels, and are not compared with the platform's.
size_t first_component(const std::array<uint8_t, 16>& tee_tcb_svn) {
  return tee_tcb_svn[1] > 0 ? 2 : 0;
}

const TdxModule* find_module(const TcbInfo& info, uint8_t major_version) {
  const std::string id = fmt::format("TDX_{:02X}", major_version);
  for (const TdxModule& module : info.module_identities)
    if (module.id == id) return &module;
  return nullptr;
}

}  // namespace

LevelMatch match_level(const TcbInfo& info, const PckExtensions& pck, const TdReport* td) {
  LevelMatch match;
  for (const TcbLevel& level : info.levels) {
    if (!reaches(pck.component_svns, level.sgx, 0) || pck.pce_svn < level.pce_svn) continue;
    if (match.sgx == nullptr) match.sgx = &level;
    if (td != nullptr && !reaches(td->tee_tcb_svn, level.tdx, first_component(td->tee_tcb_svn))) continue;
    match.level = &level;
    return match;
  }
  return match;
}

Result<ModuleMatch> match_module(const TcbInfo& info, const TdReport& td) {
  const uint8_t major_version = td.tee_tcb_svn[1];
  ModuleMatch match;
  if (major_version == 0) {
    match.module = info.module ? &*info.module : nullptr;
  } else {
    match.module = find_module(info, major_version);
  }
  if (match.module == nullptr)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("TCB info has no identity TDX_{:02X} for the TD's module", major_version));
  if (match.module->mrsigner != td.mrsigner_seam)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("MRSIGNERSEAM {} is not Intel's", to_hex(td.mrsigner_seam)));
  for (size_t i = 0; i < td.seam_attributes.size(); ++i)
    if ((td.seam_attributes[i] & match.module->attributes_mask[i]) != match.module->attributes[i])
      return fail(
          ErrorCode::kVerificationFailed,
          fmt::format("SEAMATTRIBUTES {} are not those of Intel's module", to_hex(td.seam_attributes)));
  if (major_version == 0) return match;
  match.level = match_isv_level(match.module->levels, td.tee_tcb_svn[0]);
  if (match.level == nullptr)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("module {} with version {} is older than every level", match.module->id,
                            td.tee_tcb_svn[0]));
  return match;
}

const IsvLevel* match_isv_level(const std::vector<IsvLevel>& levels, uint16_t isv_svn) {
  for (const IsvLevel& level : levels)
    if (isv_svn >= level.isv_svn) return &level;
  return nullptr;
}

TcbStatus advise_relaunch(const TcbInfo& info, const TdReport& td, TcbStatus sgx_status, TcbStatus status,
                          TcbStatus module_status, bool qe_current) {
  const bool sgx_current = sgx_status == TcbStatus::kUpToDate ||
                           sgx_status == TcbStatus::kSwHardeningNeeded ||
                           sgx_status == TcbStatus::kConfigurationNeeded ||
                           sgx_status == TcbStatus::kConfigurationAndSwHardeningNeeded;
  const bool td_behind =
      status == TcbStatus::kOutOfDate || status == TcbStatus::kOutOfDateConfigurationNeeded;
  if (!td.version_15 || !qe_current || !sgx_current || !td_behind || module_status != TcbStatus::kOutOfDate)
    return status;

  // TEE_TCB_SVN_2 is the TCB now, TEE_TCB_SVN that at launch.
  const TcbLevel& latest = info.levels.front();
  const uint8_t major_version = td.tee_tcb_svn_2[1];
  uint16_t module_svn = latest.tdx[0];
  if (major_version > 0) {
    const TdxModule* module = find_module(info, major_version);
    if (module == nullptr || module->levels.empty()) return status;
    module_svn = module->levels.front().isv_svn;
  }
  if (td.tee_tcb_svn_2[0] < module_svn || td.tee_tcb_svn_2[2] < latest.tdx[2]) return status;
  return needs_configuration(sgx_status) || needs_configuration(status)
             ? TcbStatus::kTdRelaunchAdvisedConfigurationNeeded
             : TcbStatus::kTdRelaunchAdvised;
}

}  // namespace strongroom::attest::intel
