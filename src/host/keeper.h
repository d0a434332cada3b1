// The keeper: the process that launches enclaves for one application and outlives none of them.
#pragma once

#include <map>
#include <memory>

#include "host/protocol.h"
#include "tee/prepared_image.h"

namespace strongroom::host {

class Keeper {
 public:
  explicit Keeper(FileDescriptor control) : control_(std::move(control)) {}

  // Serves the application until it closes the control socket. Enclaves that still run die with this process.
  Result<void> serve();

 private:
  Result<void> handle(Packet packet);
  Result<uint64_t> load(Packet packet);
  void launch(Launch launch, std::vector<FileDescriptor> files);

  FileDescriptor control_;
  uint64_t last_image_ = 0;
  std::map<uint64_t, std::unique_ptr<tee::PreparedImage>> images_;
};

}  // namespace strongroom::host
