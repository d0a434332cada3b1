#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "attest/collateral.h"
#include "attest/fetch/cache.h"
#include "base/encoding.h"
#include "base/file.h"

namespace strongroom::attest::fetch {
namespace {

constexpr size_t kMaximumFile = size_t{64} << 20;

void narrow(FileState& state, const crypto::Period& period) {
  state.from = state.from ? std::max(*state.from, period.from) : period.from;
  state.until = state.until ? std::min(*state.until, period.until) : period.until;
}

void describe(const CollateralContents& contents, FileState& state) {
  std::vector<std::string> parts;
  for (const auto& certificate : contents.certificates) {
    narrow(state, certificate.validity());
    parts.push_back("certificate of " + certificate.subject());
  }
  for (const auto& list : contents.revocation_lists) {
    narrow(state, list.validity());
    parts.push_back(fmt::format("revocation list of {} with {} entries", list.issuer(), list.size()));
  }
  for (const auto& info : contents.tcb_infos) {
    narrow(state, info.validity);
    parts.push_back(fmt::format("{} TCB info for FMSPC {}, evaluation {}", info.tdx ? "TDX" : "SGX",
                                to_hex(info.fmspc), info.evaluation_number));
  }
  for (const auto& identity : contents.enclave_identities) {
    narrow(state, identity.validity);
    parts.push_back(fmt::format("identity of {}, evaluation {}", identity.id, identity.evaluation_number));
  }
  if (const size_t keys = contents.public_keys.size() + contents.json_web_keys.size(); keys != 0)
    parts.push_back(fmt::format("{} public key{}", keys, keys == 1 ? "" : "s"));
  state.about = fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

FileState inspect_content(const std::string& name, ByteView content, Time now) {
  FileState state{name, Standing::kUnknown, "", std::nullopt, std::nullopt};
  Collateral collateral;
  const auto kinds = collateral.add(content, name);
  if (!kinds) {
    state.standing = Standing::kDamaged;
    state.about = kinds.error().message;
    return state;
  }
  describe(collateral.contents(), state);
  if (state.about.empty()) {
    state.about = "no collateral that is known";
  } else if (state.until && *state.until < now) {
    state.standing = Standing::kStale;
  } else if (state.from && *state.from > now) {
    state.standing = Standing::kNotYetValid;
  } else {
    state.standing = Standing::kCurrent;
  }
  return state;
}

Result<std::vector<FileState>> inspect(const std::filesystem::path& directory, Time now) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    if (entry.is_regular_file(error) && entry.path().filename() != "fetched.json")
      files.push_back(entry.path());
  if (error)
    return fail(ErrorCode::kNotFound,
                fmt::format("{} cannot be read: {}", directory.string(), error.message()));
  std::sort(files.begin(), files.end());
  std::vector<FileState> out;
  for (const auto& file : files)
    out.push_back(inspect_content(file.filename().string(), TRY(read_file(file, kMaximumFile)), now));
  return out;
}

}  // namespace strongroom::attest::fetch
