#include "attest/tpm/event_log_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/format.h"
#include "attest/tpm/secure_boot.h"

namespace strongroom::attest::tpm {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;
constexpr unsigned kLastFirmwarePcr = 7;

struct Comparison {
  std::vector<unsigned> good, bad, untold;
  bool any_bank = false;
};

std::string listed(const std::vector<unsigned>& numbers) {
  return fmt::format("{}", fmt::join(numbers, ", "));
}

Comparison compare(const EventLog& log, const PcrBanks& quoted) {
  Comparison out;
  const PcrBanks replayed = replay(log);
  for (const auto& [bank, values] : quoted) {
    const auto told = replayed.find(bank);
    if (told == replayed.end()) continue;
    out.any_bank = true;
    for (const auto& [index, value] : values) {
      const auto found = told->second.find(index);
      const bool untouched = std::all_of(value.begin(), value.end(), [](uint8_t byte) { return byte == 0; });
      if (found != told->second.end()) {
        (equal(found->second, value) ? out.good : out.bad).push_back(index);
      } else if (log.kind == EventLogKind::kTpm && index <= kLastFirmwarePcr && !untouched) {
        out.bad.push_back(index);  // the firmware logs all that it measures
      } else {
        out.untold.push_back(index);
      }
    }
  }
  return out;
}

void claim_secure_boot(const SecureBoot& boot, Claims& claims) {
  claims.vendor["uefi.secure_boot"] = boot.enabled;
  claims.vendor["uefi.pk"] = boot.platform_key;
  claims.vendor["uefi.kek"] = boot.key_exchange;
  claims.vendor["uefi.db"] = boot.allowed;
  claims.vendor["uefi.dbx"] = boot.forbidden;
  claims.vendor["uefi.authorities"] = boot.authorities;
}

void judge_secure_boot(const EventLog& log, Assessment& assessment) {
  const auto boot = read_secure_boot(log);
  if (boot) {
    claim_secure_boot(*boot, assessment.result.claims);
    if (boot->enabled) {
      assessment.pass(Concern::kGuard, "secure_boot", "Secure Boot was on");
    } else {
      assessment.warn(Concern::kGuard, "secure_boot", "Secure Boot was off");
    }
  } else if (boot.error().code == ErrorCode::kNotFound) {
    assessment.skip(Concern::kGuard, "secure_boot", boot.error().message);
  } else {
    assessment.fail(Concern::kGuard, "secure_boot", boot.error().message);
  }
}

bool is_good(const Comparison& result) {
  return result.any_bank && result.bad.empty() && !result.good.empty();
}

void report(const EventLog& log, const Comparison& result, Assessment& assessment) {
  const char* what = log.kind == EventLogKind::kTpm ? "PCR" : "CCEL register";
  if (!result.any_bank) {
    assessment.fail(kAuthenticity, "eventlog.replay", "the event log has none of the banks that were quoted");
  } else if (!result.bad.empty()) {
    assessment.fail(kAuthenticity, "eventlog.replay",
                    fmt::format("the event log does not come out at {} {}", what, listed(result.bad)));
  } else if (result.good.empty()) {
    assessment.fail(kAuthenticity, "eventlog.replay", "the event log speaks of no register that was quoted");
  } else {
    assessment.pass(
        kAuthenticity, "eventlog.replay",
        fmt::format("the event log comes out at {} {}; it says nothing of {}", what, listed(result.good),
                    result.untold.empty() ? "no other that was quoted" : listed(result.untold)));
  }
  if (std::string doubled = doubled_separators(log); !doubled.empty())
    assessment.fail(kAuthenticity, "eventlog.separators", std::move(doubled));
  const unsigned policy = log.kind == EventLogKind::kTpm ? 7 : 1;
  if (std::find(result.good.begin(), result.good.end(), policy) != result.good.end()) {
    judge_secure_boot(log, assessment);
  } else {
    assessment.skip(Concern::kGuard, "secure_boot",
                    "no quoted value vouches for what the event log says of Secure Boot");
  }
}

}  // namespace

void judge_event_log(ByteView bytes, const PcrBanks& quoted, Assessment& assessment) {
  const auto log = parse_event_log(bytes);
  if (!log) {
    assessment.fail(kAuthenticity, "eventlog.form", log.error().message);
    return;
  }
  if (log->kind != EventLogKind::kTpm) {
    assessment.fail(kAuthenticity, "eventlog.form", "the log is a CCEL: its registers are none of a TPM");
    return;
  }
  if (quoted.empty()) {
    assessment.miss(kAuthenticity, "eventlog.replay",
                    "no quoted values are at hand that the log could come to");
    return;
  }
  report(*log, compare(*log, quoted), assessment);
}

void judge_runtime_logs(const VerificationOptions& options,
                        const std::array<std::array<uint8_t, 48>, 4>& registers, Assessment& assessment) {
  PcrBanks quoted;
  for (unsigned i = 0; i < registers.size(); ++i)
    quoted[kAlgSha384][i + 1] = Bytes(registers[i].begin(), registers[i].end());
  std::optional<std::pair<EventLog, Comparison>> best;
  for (const Document& document : collateral_of(options).documents) {
    if (!looks_like_event_log(document.content)) continue;
    auto log = parse_event_log(document.content);
    if (!log) {
      assessment.fail(kAuthenticity, "eventlog.form", document.name + ": " + log.error().message);
      continue;
    }
    if (log->kind != EventLogKind::kRuntime) continue;
    Comparison comparison = compare(*log, quoted);
    const bool good = is_good(comparison);
    if (!best || good) best = {std::move(*log), std::move(comparison)};
    if (good) break;
  }
  if (best) {
    report(best->first, best->second, assessment);
  } else {
    assessment.skip(kAuthenticity, "eventlog.replay",
                    "no event log (CCEL) was given: what is behind the RTMRs stays untold");
  }
}

void claim_event_log(const EventLog& log, Claims& claims) {
  for (const auto& [bank, values] : replay(log)) {
    const std::string_view name = find_hash(bank)->name;
    for (const auto& [index, value] : values)
      claims.vendor[log.kind == EventLogKind::kTpm ? fmt::format("eventlog.{}.pcr{}", name, index)
                    : index == 0                   ? std::string("eventlog.mrtd")
                                                   : fmt::format("eventlog.rtmr{}", index - 1)] = value;
  }
  claims.vendor["eventlog.events"] = uint64_t{log.events.size()};
  if (const auto boot = read_secure_boot(log)) claim_secure_boot(*boot, claims);
}

}  // namespace strongroom::attest::tpm
