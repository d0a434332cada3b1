#include "tee/vm/debug/remote_protocol.h"

#include <utility>

namespace strongroom::tee::vm::debug {
namespace {

constexpr char kStart = '$', kEnd = '#', kEscape = '}', kRepeat = '*';
constexpr uint8_t kEscapeBit = 0x20, kInterrupt = 0x03;
constexpr char kDigits[] = "0123456789abcdef";

int digit(uint8_t character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Incoming> PacketReader::take(ByteView& bytes) {
  while (!bytes.empty()) {
    const uint8_t byte = bytes.front();
    bytes = bytes.subspan(1);
    if (auto incoming = take(byte)) return incoming;
  }
  return std::nullopt;
}

std::optional<Incoming> PacketReader::take(uint8_t byte) {
  switch (state_) {
    case State::kBetween:
      if (byte == kInterrupt) return Incoming{Incoming::Kind::kInterrupt};
      if (byte == '+') return Incoming{Incoming::Kind::kAcknowledged};
      if (byte == '-') return Incoming{Incoming::Kind::kRefused};
      if (byte != kStart) return std::nullopt;  // noise
      payload_.clear();
      too_long_ = false;
      sum_ = 0;
      state_ = State::kPayload;
      return std::nullopt;
    case State::kPayload:
      if (byte == kEnd) {
        state_ = State::kFirstDigit;
        return std::nullopt;
      }
      sum_ = static_cast<uint8_t>(sum_ + byte);
      if (byte == kEscape)
        state_ = State::kEscape;
      else
        keep(byte);
      return std::nullopt;
    case State::kEscape:
      sum_ = static_cast<uint8_t>(sum_ + byte);
      keep(byte ^ kEscapeBit);
      state_ = State::kPayload;
      return std::nullopt;
    case State::kFirstDigit:
      digits_[0] = byte;
      state_ = State::kSecondDigit;
      return std::nullopt;
    case State::kSecondDigit:
      digits_[1] = byte;
      state_ = State::kBetween;
      return finish();
  }
  return std::nullopt;
}

void PacketReader::keep(uint8_t byte) {
  too_long_ |= payload_.size() == kLongestPacket;
  if (!too_long_) payload_.push_back(static_cast<char>(byte));
}

Incoming PacketReader::finish() {
  const int high = digit(digits_[0]), low = digit(digits_[1]);
  if (too_long_ || high < 0 || low < 0 || sum_ != high * 16 + low) return {Incoming::Kind::kDamaged};
  return {Incoming::Kind::kPacket, std::exchange(payload_, {})};
}

std::string make_packet(std::string_view payload) {
  std::string packet(1, kStart);
  uint8_t sum = 0;
  const auto add = [&](char character) {
    packet.push_back(character);
    sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(character));
  };
  for (const char character : payload) {
    const bool has_meaning =
        character == kStart || character == kEnd || character == kEscape || character == kRepeat;
    if (has_meaning) add(kEscape);
    add(has_meaning ? static_cast<char>(character ^ kEscapeBit) : character);
  }
  packet += {kEnd, kDigits[sum >> 4], kDigits[sum & 15]};
  return packet;
}

bool RequestReader::skip(std::string_view text) {
  if (!text_.starts_with(text)) return false;
  text_.remove_prefix(text.size());
  return true;
}

std::optional<uint64_t> RequestReader::number() {
  constexpr size_t kMostDigits = 16;
  uint64_t value = 0;
  size_t count = 0;
  for (; count < text_.size(); ++count) {
    const int next = digit(static_cast<uint8_t>(text_[count]));
    if (next < 0) break;
    if (count == kMostDigits) return std::nullopt;
    value = value << 4 | static_cast<uint64_t>(next);
  }
  if (count == 0) return std::nullopt;
  text_.remove_prefix(count);
  return value;
}

std::string_view RequestReader::until(char end) {
  const size_t at = text_.find(end);
  const std::string_view taken = text_.substr(0, at);
  text_.remove_prefix(at == std::string_view::npos ? text_.size() : at + 1);
  return taken;
}

std::string_view RequestReader::rest() {
  return std::exchange(text_, {});
}

}  // namespace strongroom::tee::vm::debug
