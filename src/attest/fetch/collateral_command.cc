#include "attest/fetch/collateral_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "attest/claim_list.h"
#include "attest/command/input.h"
#include "attest/fetch/cache.h"
#include "attest/rfc3339.h"
#include "attest/wrapping/wrapping_format.h"
#include "crypto/chain.h"

namespace strongroom::attest::fetch {
namespace {

Result<std::filesystem::path> cache_directory(const std::filesystem::path& given) {
  if (!given.empty()) return given;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/')
    return std::filesystem::path(cache) / "strongroom/collateral";
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/')
    return std::filesystem::path(home) / ".cache/strongroom/collateral";
  return fail(ErrorCode::kInvalidArgument, "there is no home directory; name one with --cache");
}

// Without the slash at the end that people write.
Result<std::string> server(std::string url, std::string_view option) {
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("https://") && !url.starts_with("http://"))
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}: \"{}\" is no http or https URL", option, url));
  return url;
}

std::string_view word(Fetched outcome) {
  switch (outcome) {
    case Fetched::kNew:
      return "new";
    case Fetched::kCurrent:
      return "current";
    case Fetched::kUnchanged:
      return "unchanged";
    case Fetched::kFailed:
      return "FAILED";
  }
  return "?";
}

std::string_view word(Standing standing) {
  switch (standing) {
    case Standing::kCurrent:
      return "current";
    case Standing::kStale:
      return "STALE";
    case Standing::kNotYetValid:
      return "not yet valid";
    case Standing::kDamaged:
      return "DAMAGED";
    case Standing::kUnknown:
      return "unknown";
  }
  return "?";
}

Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<int> run(const FetchCommand& command, std::ostream& out) {
  Servers servers;
  if (command.pccs) {
    servers.pcs = TRY(server(*command.pccs, "--pccs"));
    servers.is_pccs = true;
  }
  if (command.kds) servers.kds = TRY(server(*command.kds, "--kds"));
  std::vector<Source> wanted;
  std::set<std::string> names;
  for (const auto& path : command.evidence) {
    Sources sources =
        TRY_IN(path.string(), sources_of(wrapping::innermost(TRY(read_evidence(path))), servers));
    for (Source& source : sources.sources)
      if (names.insert(source.file).second) wanted.push_back(std::move(source));
    for (const std::string& note : sources.notes) out << "note: " << path.string() << ": " << note << "\n";
  }
  FetchOptions options;
  options.now = now();
  if (command.refresh) options.maximum_age = std::chrono::seconds(0);
  const auto directory = TRY(cache_directory(command.cache));
  bool failed = false;
  for (const FetchReport& report : TRY(fill(directory, wanted, options))) {
    failed = failed || report.outcome == Fetched::kFailed;
    out << fmt::format("{:<10} {:<34} {}\n", word(report.outcome), report.file, printable(report.why));
  }
  out << "Use it with --collateral " << directory.string() << "\n";
  return failed ? 1 : 0;
}

Result<int> run(const InspectCommand& command, std::ostream& out) {
  const Time time = command.time ? TRY_IN("--time", parse_rfc3339(*command.time)) : now();
  size_t bad = 0;
  const auto files = TRY(inspect(command.directory, time));
  for (const FileState& file : files) {
    const bool good = file.standing == Standing::kCurrent || file.standing == Standing::kUnknown;
    bad += good ? 0 : 1;
    if (command.check && good) continue;
    out << fmt::format("{:<13} {}\n", word(file.standing), printable(file.file));
    if (file.until)
      out << fmt::format("              {} to {}\n", crypto::time_text(*file.from),
                         crypto::time_text(*file.until));
    out << fmt::format("              {}\n", printable(file.about));
  }
  out << fmt::format("{} of {} files {} current at {}\n", files.size() - bad, files.size(),
                     files.size() - bad == 1 ? "is" : "are", crypto::time_text(time));
  return command.check && bad != 0 ? 1 : 0;
}

}  // namespace strongroom::attest::fetch
