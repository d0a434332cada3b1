// Sockets between the processes of one machine: AF_UNIX, SOCK_SEQPACKET, one message a packet, descriptors
// beside it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/file.h"

namespace strongroom {

struct SocketPair {
  FileDescriptor ours, theirs;
  // `what` names it in an error: "cannot create WHAT: ...".
  static Result<SocketPair> create(std::string_view what);
};

// How many descriptors a packet carries at most.
inline constexpr size_t kMostDescriptors = 4;

struct RawPacket {
  Bytes bytes;
  std::vector<FileDescriptor> files;
};

// Whether a call may sleep; a socket's own time limits hold besides.
enum class Waiting { kMay, kNever };

// Sends one packet. `peer` names the other end in errors. kUnavailable when the peer is gone;
// kResourceExhausted when it reads too slowly (Waiting::kNever).
Result<void> send_bytes(int socket, ByteView bytes, std::span<const int> files, std::string_view peer,
                        Waiting waiting = Waiting::kMay);

// Receives one packet of at most `limit` bytes; nothing when the peer has closed its end. What is longer, or
// brings more than kMostDescriptors, is kMalformed, and its descriptors are closed. kUnavailable when nothing
// came in the time that the socket allows; kResourceExhausted when nothing is there (Waiting::kNever).
Result<std::optional<RawPacket>> receive_bytes(int socket, size_t limit, std::string_view peer,
                                               Waiting waiting = Waiting::kMay);

// Whether the peer has closed its end, or ended.
bool is_closed(int socket);

}  // namespace strongroom
