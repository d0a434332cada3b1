#include "attest/explore/explore_command.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/command/input.h"
#include "attest/explore/server.h"
#include "base/encoding.h"
#include "base/file.h"

namespace strongroom::attest::explore {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaximumFile = size_t{16} << 20;

Result<void> add_piece(const std::filesystem::path& path, bool root, Json& list) {
  list.push_back({{"name", path.filename().string()},
                  {"content", to_base64(TRY(read_file(path, kMaximumFile)))},
                  {"root", root}});
  return {};
}

}  // namespace

Result<std::string> session_of(const ExploreCommand& command) {
  if (!command.evidence && command.collateral.empty() && command.roots.empty() && !command.policy)
    return "null";
  Json session = {{"title", command.evidence ? command.evidence->filename().string() : ""}};
  session["evidence"] = command.evidence ? to_base64(TRY(read_evidence(*command.evidence))) : "";
  Json list = Json::array();
  for (const auto& path : command.roots) TRY(add_piece(path, true, list));
  for (const auto& path : command.collateral) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      TRY(add_piece(path, false, list));
      continue;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path, error))
      if (entry.is_regular_file(error)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) TRY(add_piece(file, false, list));
  }
  session["collateral"] = std::move(list);
  session["policy"] =
      command.policy ? std::string(as_text(TRY(read_file(*command.policy, size_t{1} << 20)))) : "";
  session["time"] = command.time.value_or("");
  session["nonce"] = command.nonce.value_or("");
  return session.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<int> run(const ExploreCommand& command, std::ostream& out) {
  const auto server = TRY(Server::open(command.port, TRY(session_of(command))));
  out << "Open " << server->address() << "\nOnly this machine reaches it; end with Ctrl-C." << std::endl;
  TRY(server->serve());
  return 0;
}

}  // namespace strongroom::attest::explore
