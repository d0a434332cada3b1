#include "host/event_loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>

namespace strongroom::host {

Result<EventLoop> EventLoop::create() {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return fail_errno("cannot wait for several descriptors", errno);
  return EventLoop(std::move(epoll));
}

Result<void> EventLoop::watch(int file, Handler handler) {
  const uint32_t generation = ++generation_;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.u64 = uint64_t{generation} << 32 | static_cast<uint32_t>(file);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, file, &event) != 0)
    return fail_errno("cannot wait for a descriptor", errno);
  watched_[file] = {generation, std::make_shared<Handler>(std::move(handler))};
  return {};
}

void EventLoop::forget(int file) {
  if (watched_.erase(file) != 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, file, nullptr);
}

Result<bool> EventLoop::turn(int patience_ms) {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience_ms);
  if (count < 0 && errno != EINTR) return fail_errno("cannot wait for what happens", errno);
  for (int i = 0; i < count; ++i) {
    const uint64_t data = events[static_cast<size_t>(i)].data.u64;
    const auto found = watched_.find(static_cast<int>(static_cast<uint32_t>(data)));
    if (found == watched_.end() || found->second.generation != static_cast<uint32_t>(data >> 32)) continue;
    const auto handler = found->second.handler;  // it may forget itself
    (*handler)();
  }
  return count != 0;
}

}  // namespace strongroom::host
