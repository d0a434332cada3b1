#include "attest/tpm/event_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::attest::tpm {
namespace {

constexpr std::string_view kSpecId = "Spec ID Event03", kSpecIdOfSha1 = "Spec ID Event0",
                           kStartupLocality = "StartupLocality";
constexpr size_t kMaximumEvents = 65536, kMaximumBanks = 8;
constexpr uint32_t kPcrs = 24, kRuntimeRegisters = 5;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "event log: " + std::move(why));
}

// TCG_PCClientPCREvent, the form of the first event and of all events of a SHA-1 log.
Result<Event> read_sha1_event(ByteReader& reader) {
  Event event;
  event.index = TRY(reader.little<uint32_t>("PCR index"));
  event.type = TRY(reader.little<uint32_t>("event type"));
  event.digests[kAlgSha1] = TRY(reader.bytes(20, "SHA-1 digest"));
  const auto size = TRY(reader.little<uint32_t>("event size"));
  event.data = TRY(reader.bytes(size, "event"));
  return event;
}

// TCG_PCR_EVENT2.
Result<Event> read_event(ByteReader& reader, const std::vector<TpmHash>& banks) {
  Event event;
  event.index = TRY(reader.little<uint32_t>("PCR index"));
  event.type = TRY(reader.little<uint32_t>("event type"));
  const auto count = TRY(reader.little<uint32_t>("digest count"));
  if (count != banks.size())
    return malformed(fmt::format("an event has {} digests, the log {} banks", count, banks.size()));
  for (uint32_t i = 0; i < count; ++i) {
    const auto id = TRY(reader.little<uint16_t>("digest algorithm"));
    const auto bank = std::find_if(banks.begin(), banks.end(), [&](const TpmHash& b) { return b.id == id; });
    if (bank == banks.end()) return malformed(fmt::format("an event has a digest of bank 0x{:04x}", id));
    const ByteView value = TRY(reader.bytes(bank->size, "digest"));
    if (!event.digests.emplace(id, value).second) return malformed("an event has two digests of one bank");
  }
  const auto size = TRY(reader.little<uint32_t>("event size"));
  event.data = TRY(reader.bytes(size, "event"));
  return event;
}

// TCG_EfiSpecIDEvent: the banks of the log.
Result<std::vector<TpmHash>> read_banks(ByteView data) {
  ByteReader reader(data);
  TRY(reader.skip(24, "Spec ID header"));
  const auto count = TRY(reader.little<uint32_t>("number of algorithms"));
  if (count == 0 || count > kMaximumBanks) return malformed(fmt::format("{} banks", count));
  std::vector<TpmHash> banks;
  for (uint32_t i = 0; i < count; ++i) {
    const auto id = TRY(reader.little<uint16_t>("algorithm"));
    const auto size = TRY(reader.little<uint16_t>("digest size"));
    // Banks of other hashes (SM3, SHA-3) are stepped over, not replayed.
    const TpmHash bank = find_hash(id).value_or(TpmHash{id, {}, size, {}});
    if (bank.size != size || size == 0 || size > 64)
      return malformed(fmt::format("bank 0x{:04x} has digests of {} bytes", id, size));
    if (std::any_of(banks.begin(), banks.end(), [&](const TpmHash& b) { return b.id == id; }))
      return malformed("a bank stands twice");
    banks.push_back(bank);
  }
  const auto vendor_size = TRY(reader.little<uint8_t>("vendor info size"));
  TRY(reader.skip(vendor_size, "vendor info"));
  TRY(reader.expect_end("Spec ID event"));
  return banks;
}

// By bank: of the separators that firmware ends with (either), and that tell of its failure.
const std::map<uint16_t, std::vector<Bytes>>& separator_digests() {
  static const auto kDigests = [] {
    std::map<uint16_t, std::vector<Bytes>> out;
    for (const uint16_t bank : {kAlgSha1, kAlgSha256, kAlgSha384, kAlgSha512})
      for (const Bytes& content : {Bytes(4), Bytes(4, 0xff), Bytes{1, 0, 0, 0}})
        out[bank].push_back(digest(*find_hash(bank), content));
    return out;
  }();
  return kDigests;
}

// Where zeros or ones go on to the end of the log. Found once: asked before every event.
class Padding {
 public:
  explicit Padding(ByteView log) : size_(log.size()), zeros_(begin(log, 0)), ones_(begin(log, 0xff)) {}

  [[nodiscard]] bool from(size_t position) const {
    return (position >= zeros_ && size_ - position >= 32) || (position >= ones_ && position < size_);
  }

 private:
  static size_t begin(ByteView log, uint8_t value) {
    size_t at = log.size();
    while (at > 0 && log[at - 1] == value) --at;
    return at;
  }

  size_t size_, zeros_, ones_;
};

Result<void> note_startup_locality(const Event& event, EventLog& log) {
  if (event.index != 0 || event.type != kEventNoAction || !as_text(event.data).starts_with(kStartupLocality))
    return {};
  if (event.data.size() != kStartupLocality.size() + 2) return malformed("StartupLocality has another size");
  log.startup_locality = event.data.back();
  if (log.startup_locality > 4) return malformed("a startup locality beyond 4");
  return {};
}

Bytes extended(const TpmHash& hash, const Bytes& old, ByteView value) {
  Bytes joined = old;
  joined.insert(joined.end(), value.begin(), value.end());
  return digest(hash, joined);
}

Bytes initial(const EventLog& log, const TpmHash& bank, uint32_t index) {
  Bytes value(bank.size);
  if (log.kind == EventLogKind::kTpm && index == 0) value.back() = static_cast<uint8_t>(log.startup_locality);
  return value;
}

}  // namespace

bool Event::measures(ByteView content) const {
  bool known = false;
  for (const auto& [id, value] : digests) {
    const auto hash = find_hash(id);
    if (!hash) continue;
    if (!equal(value, digest(*hash, content))) return false;
    known = true;
  }
  return known;
}

bool Event::separates() const {
  if (type == kEventNoAction) return false;  // extends nothing
  return type == kEventSeparator || std::any_of(digests.begin(), digests.end(), [](const auto& one) {
           const auto known = separator_digests().find(one.first);
           return known != separator_digests().end() &&
                  std::any_of(known->second.begin(), known->second.end(),
                              [&](const Bytes& digest) { return equal(digest, one.second); });
         });
}

bool looks_like_event_log(ByteView bytes) {
  ByteReader reader(bytes);
  const auto first = read_sha1_event(reader);
  if (!first || bytes.size() < 32 || first->index > kPcrs) return false;
  if (first->type == kEventNoAction)
    return as_text(first->data).starts_with(kSpecIdOfSha1) &&
           std::all_of(bytes.begin() + 8, bytes.begin() + 28, [](uint8_t byte) { return byte == 0; });
  // A SHA-1 log may begin without a header: then with a known kind of event.
  return first->type != 0 && (first->type <= 0x12 || first->type >> 8 == 0x800000) && !first->data.empty() &&
         read_sha1_event(reader).has_value();
}

Result<EventLog> parse_event_log(ByteView bytes) {
  EventLog log;
  ByteReader reader(bytes);
  ByteReader ahead(bytes);
  const Event header = TRY_IN("event log", read_sha1_event(ahead));
  const bool agile = header.type == kEventNoAction && as_text(header.data).starts_with(kSpecId);
  if (header.type == kEventNoAction && header.data.size() < 16) return malformed("its header is too short");
  if (agile) {
    log.banks = TRY(read_banks(header.data));
    // A TPM's log begins for PCR 0, a CCEL for register 1, and holds SHA-384 alone.
    const bool only_sha384 = log.banks.size() == 1 && log.banks[0].id == kAlgSha384;
    log.kind = header.index == 1 && only_sha384 ? EventLogKind::kRuntime : EventLogKind::kTpm;
  } else {
    log.banks = {*find_hash(kAlgSha1)};
  }
  if (header.type == kEventNoAction) reader = ahead;
  const uint32_t registers = log.kind == EventLogKind::kTpm ? kPcrs : kRuntimeRegisters;
  const Padding padding(bytes);
  while (!reader.at_end()) {
    if (padding.from(reader.position())) break;
    if (log.events.size() == kMaximumEvents) return malformed("more than 65,536 events");
    Event event = TRY_IN("event log", agile ? read_event(reader, log.banks) : read_sha1_event(reader));
    // Some firmware logs informative events for no register at all.
    if (event.index >= registers && event.type != kEventNoAction)
      return malformed(fmt::format("an event is of register {}", event.index));
    TRY(note_startup_locality(event, log));
    log.events.push_back(std::move(event));
  }
  if (log.events.empty()) return malformed("it holds no event");
  return log;
}

PcrBanks replay(const EventLog& log) {
  PcrBanks out;
  for (const TpmHash& bank : log.banks) {
    if (bank.name.empty()) continue;
    std::map<unsigned, Bytes>& values = out[bank.id];
    for (const Event& event : log.events) {
      if (event.type == kEventNoAction) continue;
      Bytes& value = values.try_emplace(event.index, initial(log, bank, event.index)).first->second;
      value = extended(bank, value, event.digests.at(bank.id));
    }
  }
  return out;
}

}  // namespace strongroom::attest::tpm
