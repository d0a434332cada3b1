// The application's end of its keeper.
#pragma once

#include <mutex>

#include "host/protocol.h"

namespace strongroom::host {

// One keeper serves all enclaves of the application. Thread safe.
class KeeperClient {
 public:
  // The running keeper, started where there is none (any more). The program is $STRONGROOM_KEEPER, or
  // strongroom-keeper beside this program, or in ../libexec/strongroom of it, or where it was installed.
  static Result<std::shared_ptr<KeeperClient>> get();

  // Hands over an image and yields its number there.
  Result<uint64_t> load(int image_file);
  Result<void> launch(const Launch& launch, std::vector<int> files);
  Result<void> forget(uint64_t image);

 private:
  explicit KeeperClient(FileDescriptor control) : control_(std::move(control)) {}
  static Result<std::shared_ptr<KeeperClient>> start();

  std::mutex mutex_;
  FileDescriptor control_;
  bool alive_ = true;
};

}  // namespace strongroom::host
