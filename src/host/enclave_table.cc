#include "host/enclave_table.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "tee/console_log.h"

namespace strongroom::host {
namespace {

constexpr uint64_t kRoot = 0;
constexpr size_t kListingBytes = 64 << 10;

bool may_see(const EnclaveTable::Enclave& enclave, uint64_t viewer) {
  return viewer == kRoot || enclave.entry.user == viewer;
}

std::string describe(const tee::EnclaveEnd& end) {
  switch (end.kind) {
    case tee::EndKind::kExited:
      return fmt::format("exited with status {}", end.status);
    case tee::EndKind::kAborted:
      return "aborted: " + end.message;
    case tee::EndKind::kFailed:
      break;
  }
  return end.message;
}

}  // namespace

EnclaveTable::~EnclaveTable() {
  for (const auto& [number, enclave] : enclaves_)
    if (enclave.holder.valid()) loop_.forget(enclave.holder.get());
}

Result<uint64_t> EnclaveTable::add(Enclave enclave) {
  const uint64_t number = ++last_number_;
  enclave.entry.number = number;
  TRY(loop_.watch(enclave.holder.get(), [this, number] { hear(number); }));
  enclaves_.emplace(number, std::move(enclave));
  return number;
}

void EnclaveTable::hear(uint64_t number) {
  Enclave& enclave = enclaves_.at(number);
  auto packet = receive_packet(enclave.holder.get(), Waiting::kNever);
  if (!packet && packet.error().code == ErrorCode::kResourceExhausted) return;
  // One that says what it must not is treated as one that is gone.
  if (!packet || !*packet) return finish(enclave);
  if (auto* started = std::get_if<Started>(&(*packet)->message)) {
    enclave.told = true;
    enclave.entry.process_id = started->process_id;
    enclave.warnings = std::move(started->warnings);
    if (!(*packet)->files.empty()) enclave.log = std::move((*packet)->files[0]);
  } else if (const auto* ended = std::get_if<Ended>(&(*packet)->message)) {
    const bool was_killed = ended->end.kind == tee::EndKind::kFailed && !enclave.killed_because.empty();
    enclave.entry.end = was_killed ? enclave.killed_because : describe(ended->end);
  } else if (const auto* refused = std::get_if<Refused>(&(*packet)->message)) {
    enclave.told = true;
    enclave.entry.end = refused->message;
  } else {
    finish(enclave);
  }
}

void EnclaveTable::finish(Enclave& enclave) {
  loop_.forget(enclave.holder.get());
  enclave.holder.reset();
  const std::string untold = "the process that makes the enclave ended before the enclave was made";
  if (!enclave.told)
    (void)send_packet(enclave.events.get(), Refused{ErrorCode::kUnavailable, untold}, {}, Waiting::kNever);
  enclave.events.reset();
  enclave.entry.running = false;
  if (enclave.entry.end.empty()) enclave.entry.end = enclave.killed_because;
  if (enclave.entry.end.empty())
    enclave.entry.end = enclave.told ? "the process that held the enclave was killed" : untold;
  const uint64_t number = enclave.entry.number;
  ended_(number);
  const auto has_ended = [](const auto& item) { return !item.second.entry.running; };
  while (static_cast<size_t>(std::count_if(enclaves_.begin(), enclaves_.end(), has_ended)) > keep_)
    enclaves_.erase(std::find_if(enclaves_.begin(), enclaves_.end(), has_ended));
}

void EnclaveTable::end(uint64_t number, const std::string& reason) {
  const auto found = enclaves_.find(number);
  if (found == enclaves_.end() || !found->second.entry.running) return;
  Enclave& enclave = found->second;
  if (!reason.empty()) {
    const Message word = enclave.told ? Message(Ended{{.kind = tee::EndKind::kFailed, .message = reason}})
                                      : Message(Refused{ErrorCode::kUnavailable, reason});
    (void)send_packet(enclave.events.get(), word, {}, Waiting::kNever);
    enclave.told = true;
    enclave.killed_because = reason;
  }
  shutdown(enclave.holder.get(), SHUT_WR);
}

void EnclaveTable::end_those_of(uint64_t client) {
  for (auto& [number, enclave] : enclaves_)
    if (enclave.client == client && enclave.entry.running) {
      if (enclave.killed_because.empty()) enclave.killed_because = "its application ended";
      enclave.told = true;
      shutdown(enclave.holder.get(), SHUT_WR);
    }
}

EnclaveTable::Enclave* EnclaveTable::find(uint64_t number, uint64_t viewer) {
  const auto found = enclaves_.find(number);
  return found == enclaves_.end() || !may_see(found->second, viewer) ? nullptr : &found->second;
}

Listing EnclaveTable::list(uint64_t after, uint64_t viewer) const {
  Listing out;
  size_t bytes = 0;
  for (auto next = enclaves_.upper_bound(after); next != enclaves_.end() && bytes < kListingBytes; ++next) {
    if (!may_see(next->second, viewer)) continue;
    const EnclaveEntry& entry = next->second.entry;
    bytes += sizeof entry + entry.name.size() + entry.end.size();
    out.enclaves.push_back(entry);
  }
  return out;
}

Result<Log> EnclaveTable::log(uint64_t number, uint64_t viewer) {
  const Enclave* enclave = find(number, viewer);
  if (enclave == nullptr)
    return fail(ErrorCode::kNotFound,
                fmt::format("this keeper has no enclave {} of yours; see `strongroom ps --all`", number));
  Log log;
  for (const std::string& warning : enclave->warnings)
    log.text += "strongroom: warning: " + tee::printable(warning) + "\n";
  if (enclave->log.valid()) log.text += TRY(tee::read_console_log(enclave->log));
  if (!enclave->entry.running) {
    if (!log.text.empty() && log.text.back() != '\n') log.text += '\n';
    log.text += "strongroom: it ended: " + enclave->entry.end + "\n";
  }
  return log;
}

EnclaveTable::Count EnclaveTable::count_of_user(uint64_t user) const {
  Count count;
  for (const auto& [number, enclave] : enclaves_)
    if (enclave.entry.running && enclave.entry.user == user) {
      ++count.enclaves;
      count.memory += enclave.entry.memory;
    }
  return count;
}

bool EnclaveTable::runs_image(uint64_t image) const {
  return std::any_of(enclaves_.begin(), enclaves_.end(), [&](const auto& item) {
    return item.second.image == image && item.second.entry.running;
  });
}

}  // namespace strongroom::host
