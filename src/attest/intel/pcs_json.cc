#include "attest/intel/pcs_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "attest/rfc3339.h"

namespace strongroom::attest::intel {
namespace {

Result<crypto::Time> date(const nlohmann::json& object, std::string_view key) {
  const auto time = parse_rfc3339(TRY(json_text(object, key)));
  if (!time) return fail(ErrorCode::kMalformed, fmt::format("\"{}\": {}", key, time.error().message));
  return *time;
}

}  // namespace

Result<crypto::Period> pcs_validity(const nlohmann::json& body) {
  const crypto::Period period{TRY(date(body, "issueDate")), TRY(date(body, "nextUpdate"))};
  if (period.until < period.from) return fail(ErrorCode::kMalformed, "nextUpdate is before issueDate");
  return period;
}

Result<TcbStatus> pcs_status(const nlohmann::json& level) {
  TRY(date(level, "tcbDate"));
  return parse_tcb_status(TRY(json_text(level, "tcbStatus")));
}

Result<std::vector<std::string>> pcs_advisories(const nlohmann::json& level) {
  std::vector<std::string> out;
  if (!level.contains("advisoryIDs")) return out;
  const nlohmann::json& list = TRY(json_array(level, "advisoryIDs"));
  for (const nlohmann::json& id : list) {
    if (!id.is_string()) return fail(ErrorCode::kMalformed, "an advisory id is no string");
    out.push_back(id.get<std::string>());
  }
  return out;
}

Result<std::vector<IsvLevel>> pcs_isv_levels(const nlohmann::json& object) {
  std::vector<IsvLevel> levels;
  const nlohmann::json& list = TRY(json_array(object, "tcbLevels"));
  for (const nlohmann::json& item : list) {
    IsvLevel level;
    const nlohmann::json& tcb = TRY(json_object(item, "tcb"));
    level.isv_svn = static_cast<uint16_t>(TRY(json_unsigned(tcb, "isvsvn", UINT16_MAX)));
    level.status = TRY(pcs_status(item));
    level.advisories = TRY(pcs_advisories(item));
    levels.push_back(std::move(level));
  }
  if (levels.empty()) return fail(ErrorCode::kMalformed, "tcbLevels is empty");
  return levels;
}

}  // namespace strongroom::attest::intel
