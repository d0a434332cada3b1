#include "attest/intel/tcb_status.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace strongroom::attest::intel {
namespace {

constexpr std::array<std::pair<TcbStatus, std::string_view>, 9> kNames = {{
    {TcbStatus::kUpToDate, "UpToDate"},
    {TcbStatus::kSwHardeningNeeded, "SWHardeningNeeded"},
    {TcbStatus::kConfigurationNeeded, "ConfigurationNeeded"},
    {TcbStatus::kConfigurationAndSwHardeningNeeded, "ConfigurationAndSWHardeningNeeded"},
    {TcbStatus::kOutOfDate, "OutOfDate"},
    {TcbStatus::kOutOfDateConfigurationNeeded, "OutOfDateConfigurationNeeded"},
    {TcbStatus::kRevoked, "Revoked"},
    {TcbStatus::kTdRelaunchAdvised, "TDRelaunchAdvised"},
    {TcbStatus::kTdRelaunchAdvisedConfigurationNeeded, "TDRelaunchAdvisedConfigurationNeeded"},
}};
constexpr size_t kSentByPcs = 7;

}  // namespace

std::string_view to_string(TcbStatus status) {
  for (const auto& [value, name] : kNames)
    if (value == status) return name;
  return "?";
}

Result<TcbStatus> parse_tcb_status(std::string_view text) {
  for (size_t i = 0; i < kSentByPcs; ++i)
    if (kNames[i].second == text) return kNames[i].first;
  return fail(ErrorCode::kMalformed, fmt::format("unknown tcbStatus \"{}\"", text));
}

bool needs_configuration(TcbStatus status) {
  return status == TcbStatus::kConfigurationNeeded || status == TcbStatus::kOutOfDateConfigurationNeeded ||
         status == TcbStatus::kConfigurationAndSwHardeningNeeded ||
         status == TcbStatus::kTdRelaunchAdvisedConfigurationNeeded;
}

TcbStatus converge(TcbStatus platform, TcbStatus part) {
  if (platform == TcbStatus::kRevoked || part == TcbStatus::kUpToDate) return platform;
  if (part == TcbStatus::kOutOfDate) {
    switch (platform) {
      case TcbStatus::kUpToDate:
      case TcbStatus::kSwHardeningNeeded:
        return TcbStatus::kOutOfDate;
      case TcbStatus::kConfigurationNeeded:
      case TcbStatus::kConfigurationAndSwHardeningNeeded:
        return TcbStatus::kOutOfDateConfigurationNeeded;
      default:
        return platform;
    }
  }
  // Parts are up to date, out of date or revoked; of anything else the worst is believed.
  return TcbStatus::kRevoked;
}

}  // namespace strongroom::attest::intel
