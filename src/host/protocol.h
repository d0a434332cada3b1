// What an application and its keeper say to each other, over sockets of type SOCK_SEQPACKET: one message a
// packet, descriptors beside it.
//
// Application to keeper, on the control socket:  Load (one descriptor: the image)  -> Loaded or Refused
//                                                Launch (four: input, output, error, the enclave's event
//                                                socket), no answer Forget
// Enclave's process to application, on its event socket:  Started (one descriptor, where Launch asked for a
// call
//                                                          area), then Ended; or Refused
// The application closes the event socket to kill the enclave.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/file.h"
#include "tee/enclave_end.h"
#include "tee/launch.h"

namespace strongroom::host {

struct Load {};
struct Loaded {
  uint64_t image = 0;
};
struct Launch {
  uint64_t image = 0;
  bool allow_unsigned = false;
  bool spare = false;  // the keeper may make another enclave of this image ahead of the next launch
  tee::LaunchRequest request;
};
struct Forget {
  uint64_t image = 0;
};
struct Started {
  int32_t process_id = 0;
  std::vector<std::string> warnings;
};
struct Ended {
  tee::EnclaveEnd end;
};
struct Refused {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};
using Message = std::variant<Load, Loaded, Launch, Forget, Started, Ended, Refused>;

struct Packet {
  Message message;
  std::vector<FileDescriptor> files;
};

inline constexpr size_t kLargestPacket = 128 << 10;
inline constexpr size_t kMostFiles = 4;

// The bytes of a message and back; trailing bytes, unknown kinds and lengths that do not fit are kMalformed.
Bytes encode(const Message& message);
Result<Message> decode(ByteView bytes);

// kUnavailable when the peer is gone.
Result<void> send_packet(int socket, const Message& message, std::vector<int> files = {});
// Waits for one packet; nothing when the peer has closed its end.
Result<std::optional<Packet>> receive_packet(int socket);

}  // namespace strongroom::host
