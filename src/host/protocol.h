// What an application, its keeper, and the processes that the keeper starts say to each other, over sockets
// of type SOCK_SEQPACKET: one message a packet, descriptors beside it.
//
// Application to keeper, on its connection:
//   Load (one descriptor: the image)      -> Loaded or Refused
//   Find                                  -> Loaded, or Refused with kNotFound: load it
//   Launch (four: input, output, error,
//           the enclave's event socket)   -> nothing here
//   Forget                                -> nothing
//   List, ReadLog, Stop                   -> Listing, Log, Done; or Refused
// Holder of the enclave to application, on the event socket:
//   Started (descriptors: the log and, where Launch asked for a call area, the area), then Ended; or Refused
// The application closes the event socket to kill the enclave.
//
// Keeper to loader: Load (one: the image) -> Prepared or Refused. Make (two: the holder's socket to the
// keeper, the enclave's socket to the vault or, in sgx, the quoter) -> nothing; a holder begins to live.
// Keeper to holder: Launch (four, as above). Holder to keeper: what it tells the application.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "arch/identity.h"
#include "base/socket.h"
#include "tee/enclave_end.h"
#include "tee/launch.h"

namespace strongroom::host {

// SHA-256 of MRENCLAVE and SIGSTRUCT, which say all that an image is (image_key()).
using ImageKey = std::array<uint8_t, 32>;

struct Load {};
struct Loaded {
  uint64_t image = 0;
};
struct Launch {
  uint64_t image = 0;
  bool allow_unsigned = false;
  bool spare = false;  // the keeper may make another enclave of this image ahead of the next launch
  tee::LaunchRequest request{};
  std::string name{};  // what the application calls it, for people
};
struct Forget {
  uint64_t image = 0;
};
struct Started {
  int32_t process_id = 0;
  std::vector<std::string> warnings{};
  bool from_spare = false;
};
struct Ended {
  tee::EnclaveEnd end{};
};
struct Refused {
  ErrorCode code = ErrorCode::kInternal;
  std::string message{};
};
struct Find {
  ImageKey key{};
};
// Of the enclaves that who asks may see, those with a number above `after`, as many as fit.
struct List {
  uint64_t after = 0;
};
struct EnclaveEntry {
  uint64_t number = 0;  // grows from launch to launch
  uint64_t user = 0;
  int32_t process_id = 0;  // 0 while it is being made
  tee::TeeKind tee = tee::TeeKind::kProcess;
  bool debug = false;
  bool is_signed = false;
  bool running = true;
  bool from_spare = false;
  uint64_t launched_at = 0;  // seconds since 1970
  uint64_t memory = 0;       // that it may take, in bytes
  arch::Measurement mrenclave{};
  arch::SignerIdentity mrsigner{};
  std::string name{};
  std::string end{};  // how it ended, where it has
};
struct Listing {
  std::vector<EnclaveEntry> enclaves{};
};
struct ReadLog {
  uint64_t number = 0;
};
struct Log {
  std::string text{};
};
struct Stop {
  uint64_t number = 0;
};
struct Done {};
// What a loader has found an image to be.
struct Prepared {
  ImageKey key{};
  uint64_t file_size = 0;
  uint64_t memory = 0;  // that an enclave of it may take, in bytes
  bool is_signed = false;
  bool debug_permitted = false;
  bool production_permitted = false;
  // As EINIT makes it, without DEBUG in its attributes; where production is not permitted, for debugging.
  arch::EnclaveIdentity identity{};
};
struct Make {
  tee::TeeKind tee = tee::TeeKind::kProcess;
  bool debug = false;
  bool wait_for_debugger = false;
  bool spare = false;  // made ahead: its Launch comes later, or never
  uint64_t call_area_size = 0;
};
using Message = std::variant<Load, Loaded, Launch, Forget, Started, Ended, Refused, Find, List, Listing,
                             ReadLog, Log, Stop, Done, Prepared, Make>;

struct Packet {
  Message message;
  std::vector<FileDescriptor> files;
};

inline constexpr size_t kLargestPacket = 128 << 10;
inline constexpr size_t kLaunchFiles = 4;

// The bytes of a message and back; trailing bytes, unknown kinds and lengths that do not fit are kMalformed.
Bytes encode(const Message& message);
Result<Message> decode(ByteView bytes);

// As send_bytes() and receive_bytes().
Result<void> send_packet(int socket, const Message& message, std::span<const int> files = {},
                         Waiting waiting = Waiting::kMay);
Result<std::optional<Packet>> receive_packet(int socket, Waiting waiting = Waiting::kMay);

// How an error is told: always in the same words.
inline Refused refusal(const Error& error) {
  return {error.code, error.message};
}
// The numbers of descriptors, for send_packet().
std::vector<int> numbers_of(const std::vector<FileDescriptor>& files);

}  // namespace strongroom::host
