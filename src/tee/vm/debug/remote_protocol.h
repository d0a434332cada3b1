// gdb's remote serial protocol: its packets ("Debugging with GDB", appendix E.1). What they say is
// remote_session.h's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace strongroom::tee::vm::debug {

// The longest packet that is taken, as it travels, and what is told to gdb as PacketSize.
inline constexpr size_t kLongestPacket = 0x4000;

struct Incoming {
  enum class Kind {
    kPacket,        // `payload`, without escapes
    kInterrupt,     // Ctrl-C
    kAcknowledged,  // '+'
    kRefused,       // '-': send the last packet again
    kDamaged,       // a packet with a wrong checksum, or too long
  };
  Kind kind;
  std::string payload{};
};

// Cuts what a debugger sends into packets. Holds at most kLongestPacket bytes.
class PacketReader {
 public:
  // Takes bytes from the front of `bytes` up to the end of the next thing that they complete; nothing when
  // they are used up before.
  std::optional<Incoming> take(ByteView& bytes);

 private:
  enum class State { kBetween, kPayload, kEscape, kFirstDigit, kSecondDigit };
  std::optional<Incoming> take(uint8_t byte);
  Incoming finish();
  void keep(uint8_t byte);

  State state_ = State::kBetween;
  std::string payload_;
  bool too_long_ = false;
  uint8_t sum_ = 0;
  uint8_t digits_[2] = {};
};

// `$payload#checksum`, with the characters that have a meaning escaped.
std::string make_packet(std::string_view payload);

// Reads the text of a request forward. Nothing passes the end.
class RequestReader {
 public:
  explicit RequestReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return text_.empty(); }
  // Takes this text away where it stands next.
  bool skip(std::string_view text);
  // A hexadecimal number of at most 16 digits.
  std::optional<uint64_t> number();
  // Up to this character, which is taken away as well, or to the end.
  std::string_view until(char end);
  // All that is left.
  std::string_view rest();

 private:
  std::string_view text_;
};

}  // namespace strongroom::tee::vm::debug
