// A directory of collateral that is filled from the vendors' servers. Its files are what `verify --collateral
// DIR` reads; fetched.json beside them remembers where each came from, and when.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "attest/fetch/sources.h"
#include "strongroom/attest.h"

namespace strongroom::attest::fetch {

struct FetchOptions {
  Time now{};
  std::chrono::seconds maximum_age =
      std::chrono::hours(24);  // younger files that are current are not asked for
};

// What became of one source.
enum class Fetched {
  kNew,        // written
  kCurrent,    // young enough, and valid: not asked for
  kUnchanged,  // the server said so
  kFailed,     // nothing was written; what was there before stays
};
struct FetchReport {
  std::string file;
  Fetched outcome = Fetched::kFailed;
  std::string why;
};

// Fetches what is not current. What a server sends is written only where it is collateral of the kind that
// was asked for, is not older than what is there (tcbEvaluationDataNumber, issue date), and was sent whole;
// signatures are judged at verification, as always. Fails where the directory cannot be used. Not for several
// processes on one directory at once: the last one wins, file by file.
Result<std::vector<FetchReport>> fill(const std::filesystem::path& directory,
                                      const std::vector<Source>& sources, const FetchOptions& options);

// How one file stands at a time.
enum class Standing { kCurrent, kStale, kNotYetValid, kDamaged, kUnknown };
struct FileState {
  std::string file;
  Standing standing = Standing::kUnknown;
  std::string about;                // what it is
  std::optional<Time> from, until;  // when it is valid; the narrowest of its parts
};
// Every regular file of the directory but fetched.json, by name.
Result<std::vector<FileState>> inspect(const std::filesystem::path& directory, Time now);

// One file's content.
FileState inspect_content(const std::string& name, ByteView content, Time now);

}  // namespace strongroom::attest::fetch
