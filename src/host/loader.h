// Loaders: a process for each image, which reads and measures it and makes its enclaves. The keeper never
// looks into an image; one that breaks its loader breaks nobody else.
//
//   keeper ── nursery ── loader (an image) ── holder (an enclave) ── ...
//
// The nursery is forked before the keeper has heard a word, and forks the loaders: so none of them has a copy
// of what applications have said.
#pragma once

#include "host/protocol.h"

namespace strongroom::host {

class Nursery {
 public:
  // Forks. It and everything below it ends with the calling process. `learn`: find out about this machine
  // now, for all TEEs, rather than in each loader.
  static Result<Nursery> start(bool learn);

  // A new loader's socket. It takes Load, then Make any number of times, and ends when the socket closes.
  [[nodiscard]] Result<FileDescriptor> create_loader() const;
  [[nodiscard]] const FileDescriptor& socket() const { return socket_; }

 private:
  explicit Nursery(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace strongroom::host
