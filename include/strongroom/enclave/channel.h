// A channel between two enclaves on one platform, over any transport of the host's: each proves itself to the
// other by a report that binds its X25519 key (RFC 7748) and the whole exchange. Messages are encrypted
// (AES-256-GCM), and arrive in order, once, from the other end, or not at all.
//
//   initiator                                        responder
//   auto start = ChannelInitiator::create();
//   send(start->hello());                     --->   auto accept = ChannelResponder::create(hello);
//                                             <---   send(accept->reply());
//   auto channel = start->finish(reply);
//   send(channel->proof());                   --->   auto channel = accept->finish(proof);
//
// Both ends then check channel->peer() against whom they expect, before anything else: the handshake proves
// who the peer is, not that he is welcome. Not thread safe; a handshake object serves once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "strongroom/enclave/identity.h"

namespace strongroom::enclave {

class Channel {
 public:
  [[nodiscard]] const Identity& peer() const { return peer_; }
  // The initiator's last message of the handshake; empty at the responder.
  [[nodiscard]] const std::vector<uint8_t>& proof() const { return proof_; }

  // A message for the peer, 24 bytes longer.
  Result<std::vector<uint8_t>> seal(std::span<const uint8_t> message);
  // kVerificationFailed for everything but the peer's next message; what was refused may be followed by the
  // right one.
  Result<std::vector<uint8_t>> open(std::span<const uint8_t> sealed);

  Channel(Channel&&) noexcept = default;
  Channel& operator=(Channel&&) noexcept = default;
  ~Channel();

 private:
  friend class ChannelInitiator;
  friend class ChannelResponder;
  Channel() = default;

  Identity peer_;
  std::vector<uint8_t> proof_;
  std::array<uint8_t, 32> send_key_{};
  std::array<uint8_t, 32> receive_key_{};
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
};

class ChannelInitiator {
 public:
  static Result<ChannelInitiator> create();
  [[nodiscard]] const std::vector<uint8_t>& hello() const { return hello_; }
  // kMalformed, kVerificationFailed.
  Result<Channel> finish(std::span<const uint8_t> reply);

  ChannelInitiator(ChannelInitiator&&) noexcept = default;
  ~ChannelInitiator();

 private:
  ChannelInitiator() = default;
  std::array<uint8_t, 32> private_key_{};
  std::vector<uint8_t> hello_;
};

class ChannelResponder {
 public:
  static Result<ChannelResponder> create(std::span<const uint8_t> hello);
  [[nodiscard]] const std::vector<uint8_t>& reply() const { return reply_; }
  Result<Channel> finish(std::span<const uint8_t> proof);

  ChannelResponder(ChannelResponder&&) noexcept = default;
  ~ChannelResponder();

 private:
  ChannelResponder() = default;
  std::array<uint8_t, 32> private_key_{};
  std::vector<uint8_t> hello_;
  std::vector<uint8_t> reply_;
};

}  // namespace strongroom::enclave
