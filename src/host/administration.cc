#include "host/administration.h"

#include "host/keeper_client.h"

namespace strongroom::host {
namespace {

template <typename Answer>
Result<Answer> ask(const FileDescriptor& connection, const Message& question) {
  TRY(send_packet(connection.get(), question));
  auto packet = TRY(receive_packet(connection.get()));
  if (!packet) return fail(ErrorCode::kUnavailable, "the keeper closed the connection");
  if (const auto* refused = std::get_if<Refused>(&packet->message))
    return fail(refused->code, refused->message);
  if (auto* answer = std::get_if<Answer>(&packet->message)) return std::move(*answer);
  return fail(ErrorCode::kInternal, "the keeper gave an answer that nobody asked for");
}

}  // namespace

Result<std::vector<EnclaveEntry>> list_enclaves() {
  const FileDescriptor connection = TRY(connect_to_daemon());
  std::vector<EnclaveEntry> all;
  while (true) {
    const uint64_t after = all.empty() ? 0 : all.back().number;
    Listing part = TRY(ask<Listing>(connection, List{after}));
    if (part.enclaves.empty()) return all;
    // A keeper that does not go on would be asked for ever.
    for (EnclaveEntry& entry : part.enclaves) {
      if (!all.empty() && entry.number <= all.back().number)
        return fail(ErrorCode::kMalformed, "the keeper's list of enclaves is out of order");
      all.push_back(std::move(entry));
    }
  }
}

Result<std::string> read_log(uint64_t number) {
  const FileDescriptor connection = TRY(connect_to_daemon());
  return TRY(ask<Log>(connection, ReadLog{number})).text;
}

Result<void> stop_enclave(uint64_t number) {
  const FileDescriptor connection = TRY(connect_to_daemon());
  TRY(ask<Done>(connection, Stop{number}));
  return {};
}

}  // namespace strongroom::host
