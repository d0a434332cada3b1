#include "attest/wrapping/dstack_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::wrapping {
namespace {

constexpr size_t kMaximumEvents = 4096, kRegisters = 4;
constexpr uint32_t kRuntimeEvent = 0x08000001;

using Register = std::array<uint8_t, 48>;

struct Event {
  size_t imr = 0;
  uint32_t type = 0;
  Bytes digest, payload;
  std::string name;
};

tl::unexpected<Error> refused(std::string why) {
  return fail(ErrorCode::kVerificationFailed, "event log: " + std::move(why));
}

Result<std::vector<Event>> read(std::string_view text) {
  const nlohmann::json all = TRY(parse_json(as_bytes(text)));
  if (!all.is_array() || all.size() > kMaximumEvents) return refused("it is no array, or too long");
  std::vector<Event> out;
  for (const nlohmann::json& one : all) {
    if (!one.is_object()) return refused("an event is no object");
    Event event;
    event.imr = TRY(json_unsigned(one, "imr", kRegisters - 1));
    event.type = static_cast<uint32_t>(TRY(json_unsigned(one, "event_type", UINT32_MAX)));
    event.digest = TRY(from_hex(TRY(json_text(one, "digest"))));
    // Shorter ones are extended with zeros behind them; none is not.
    if (event.digest.empty() || event.digest.size() > Register().size())
      return refused("a digest has an impossible size");
    event.digest.resize(Register().size());
    event.name = TRY(json_text_or_empty(one, "event"));
    event.payload = TRY(from_hex(TRY(json_text_or_empty(one, "event_payload"))));
    out.push_back(std::move(event));
  }
  return out;
}

// SHA-384 of type (little-endian), ":", name, ":", payload.
bool says_what_it_measured(const Event& event) {
  ByteWriter whole;
  whole.little(event.type).bytes(as_bytes(":" + event.name + ":")).bytes(event.payload);
  return equal(crypto::sha384(whole.take()), event.digest);
}

Result<std::vector<Event>> replayed(std::string_view text, const Claims& claims) {
  std::vector<Event> events = TRY(read(text));
  std::array<Register, kRegisters> values{};
  std::array<bool, kRegisters> spoken_of{};
  for (const Event& event : events) {
    if (event.type == kRuntimeEvent && !says_what_it_measured(event))
      return refused(fmt::format("event {} has another digest than what it says", event.name));
    Bytes both(values[event.imr].begin(), values[event.imr].end());
    both.insert(both.end(), event.digest.begin(), event.digest.end());
    values[event.imr] = crypto::sha384(both);
    spoken_of[event.imr] = true;
  }
  if (events.empty()) return refused("it is empty");
  for (size_t i = 0; i < kRegisters; ++i) {
    if (!spoken_of[i]) continue;
    const auto quoted = claims.vendor.find(fmt::format("tdx.rtmr{}", i));
    const Bytes* value = quoted == claims.vendor.end() ? nullptr : std::get_if<Bytes>(&quoted->second);
    if (value == nullptr) return refused("the evidence has no runtime registers");
    if (!equal(*value, values[i]))
      return refused(fmt::format("RTMR{} does not come out at its quoted value", i));
  }
  return events;
}

bool plain(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

void judge_dstack_events(std::string_view text, Assessment& assessment) {
  const auto events = replayed(text, assessment.result.claims);
  if (!events) {
    assessment.fail(Concern::kAuthenticity, "wrapping.event_log", events.error().message);
    return;
  }
  assessment.pass(Concern::kAuthenticity, "wrapping.event_log",
                  "every register that the event log speaks of comes out at its quoted value");
  for (const Event& event : *events)
    if (event.imr == 3 && event.type == kRuntimeEvent && plain(event.name))
      assessment.result.claims.vendor.emplace("dstack." + event.name, event.payload);
}

}  // namespace strongroom::attest::wrapping
