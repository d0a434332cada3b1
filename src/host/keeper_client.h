// The application's end of its keeper.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "host/protocol.h"
#include "strongroom/host.h"

namespace strongroom::host {

// How long a keeper may take for an answer, in seconds: $STRONGROOM_KEEPER_TIMEOUT, or 60. One that takes
// longer counts as dead.
int answer_timeout();
// Every receive and send on the socket fails after so many seconds; 0: never.
Result<void> limit_waits(int socket, int seconds);

// Where the keeper's program is: $STRONGROOM_KEEPER, or strongroom-keeper beside this program, or in
// ../libexec/strongroom of it, or where it was installed.
Result<std::filesystem::path> find_keeper();

inline constexpr const char* kDaemonSocket = "/run/strongroom/keeper.sock";
// Where the daemon listens: $STRONGROOM_KEEPER_SOCKET, or kDaemonSocket.
std::filesystem::path daemon_socket();
// A connection to it. kUnavailable, with the remedy; kNotFound where there is no such socket.
Result<FileDescriptor> connect_to_daemon();

// One keeper serves all enclaves of the application. Thread safe.
class KeeperClient {
 public:
  // The keeper that `choice` asks for (<strongroom/host.h>); one of the application's own is started where
  // there is none, or none any more. `preload` names a library that it is started with, or is empty: each
  // has a keeper of its own.
  static Result<std::shared_ptr<KeeperClient>> get(KeeperChoice choice, const std::string& preload = {});

  // The number of an image that the keeper has already; nothing where it has not.
  Result<std::optional<uint64_t>> find(const ImageKey& key);
  // Hands over an image and yields its number there.
  Result<uint64_t> load(int image_file);
  Result<void> launch(const Launch& launch, std::span<const int> files);
  Result<void> forget(uint64_t image);
  // Lets no keeper that has died stay a zombie of this application. Waits for nothing.
  static void reap();

 private:
  explicit KeeperClient(FileDescriptor control) : control_(std::move(control)) {}
  static Result<std::shared_ptr<KeeperClient>> start(const std::string& preload);
  static Result<std::shared_ptr<KeeperClient>> open(KeeperChoice choice, const std::string& preload);
  // Loaded or Refused; an error when the keeper breaks the protocol, or is gone.
  Result<Packet> ask(const Message& question, std::span<const int> files);
  [[nodiscard]] bool is_alive();

  std::mutex mutex_;
  FileDescriptor control_;
  bool alive_ = true;
};

}  // namespace strongroom::host
