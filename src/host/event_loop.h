// Waits for many descriptors at once, and calls who wants to know.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "base/file.h"

namespace strongroom::host {

// Not thread safe. Handlers may watch and forget descriptors, their own included.
class EventLoop {
 public:
  using Handler = std::function<void()>;

  static Result<EventLoop> create();

  // Calls `handler` whenever there is something to read from `file`, or its peer is gone. The file stays the
  // caller's, who forgets it before it is closed.
  Result<void> watch(int file, Handler handler);
  void forget(int file);

  // Waits for something to happen, and calls the handlers. False: nothing did, in so many milliseconds (-1:
  // for ever).
  Result<bool> turn(int patience_ms);

 private:
  explicit EventLoop(FileDescriptor epoll) : epoll_(std::move(epoll)) {}

  struct Watched {
    uint32_t generation;  // tells one file of a number from the next
    std::shared_ptr<Handler> handler;
  };
  FileDescriptor epoll_;
  uint32_t generation_ = 0;
  std::unordered_map<int, Watched> watched_;
};

}  // namespace strongroom::host
