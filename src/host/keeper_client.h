// The application's end of its keeper.
#pragma once

#include <mutex>
#include <string>

#include "host/protocol.h"

namespace strongroom::host {

// How long a keeper may take for an answer, in seconds: $STRONGROOM_KEEPER_TIMEOUT, or 60. One that takes
// longer counts as dead.
int answer_timeout();
// Every receive and send on the socket fails after so many seconds; 0: never.
Result<void> limit_waits(int socket, int seconds);

// One keeper serves all enclaves of the application. Thread safe.
class KeeperClient {
 public:
  // The running keeper, started where there is none (any more). The program is $STRONGROOM_KEEPER, or
  // strongroom-keeper beside this program, or in ../libexec/strongroom of it, or where it was installed.
  //
  // `preload` names a library that the keeper is started with, or is empty: each has a keeper of its own.
  static Result<std::shared_ptr<KeeperClient>> get(const std::string& preload = {});

  // Hands over an image and yields its number there.
  Result<uint64_t> load(int image_file);
  Result<void> launch(const Launch& launch, std::vector<int> files);
  Result<void> forget(uint64_t image);
  // Lets no keeper that has died stay a zombie of this application. Waits for nothing.
  static void reap();

 private:
  explicit KeeperClient(FileDescriptor control) : control_(std::move(control)) {}
  static Result<std::shared_ptr<KeeperClient>> start(const std::string& preload);
  // Loaded or Refused; an error when the keeper breaks the protocol, or is gone.
  Result<Packet> ask_to_load(int image_file);

  std::mutex mutex_;
  FileDescriptor control_;
  bool alive_ = true;
};

}  // namespace strongroom::host
