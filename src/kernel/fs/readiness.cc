#include "kernel/fs/readiness.h"

#include <poll.h>

#include <algorithm>

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/fs/epoll.h"
#include "kernel/fs/event_counter.h"
#include "kernel/fs/open_file.h"
#include "kernel/fs/pipe.h"
#include "kernel/signal.h"

namespace strongroom::kernel {
namespace {

// A host that waits for a stream does not see pipes, and the other way round: who waits for both looks at the
// stream this often.
constexpr int64_t kStreamPeriodNs = 10'000'000;

std::atomic<uint32_t> pollers{0};
WaitQueue changes;

}  // namespace

uint32_t ready_events(OpenFile& file) {
  Inode* inode = file.inode.get();
  switch (inode->kind) {
    case InodeKind::kPipe:
      return static_cast<Pipe*>(inode)->ready_events(file.readable(), file.writable());
    case InodeKind::kEventCounter:
      return static_cast<EventCounter*>(inode)->ready_events();
    case InodeKind::kEpoll:
      return static_cast<Epoll*>(inode)->any_ready() ? POLLIN | POLLRDNORM : 0;
    case InodeKind::kConsole: {
      const uint32_t bit = 1u << static_cast<Console*>(inode)->stream;
      Result<uint32_t> ready = console_poll(bit, 0);
      if (!ready.ok()) return POLLERR;
      if ((ready.value() & bit) == 0) return 0;
      return bit == 1 ? POLLIN | POLLRDNORM : POLLOUT | POLLWRNORM;
    }
    default:
      return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  }
}

bool can_wait_for(const OpenFile& file) {
  switch (file.inode->kind) {
    case InodeKind::kRegular:
    case InodeKind::kDirectory:
    case InodeKind::kSymlink:
    case InodeKind::kNull:
    case InodeKind::kZero:
    case InodeKind::kFull:
    case InodeKind::kMemoryMap:
      return false;
    default:
      return true;
  }
}

uint32_t streams_of(OpenFile& file, uint32_t events) {
  if (file.inode->kind == InodeKind::kEpoll) return static_cast<Epoll*>(file.inode.get())->streams();
  if (file.inode->kind != InodeKind::kConsole) return 0;
  const int stream = static_cast<Console*>(file.inode.get())->stream;
  const uint32_t wanted = stream == 0 ? POLLIN | POLLRDNORM : POLLOUT | POLLWRNORM;
  return (events & wanted) != 0 ? 1u << stream : 0;
}

void announce_readiness() {
  if (pollers.load() != 0) changes.wake_all();
}

ReadinessWait::ReadinessWait(int64_t timeout_ns) : timeout_ns_(timeout_ns) {
  if (timeout_ns > 0) {
    const uint64_t now = monotonic_ns();
    deadline_ = now + std::min(static_cast<uint64_t>(timeout_ns), UINT64_MAX - now);
  }
  pollers.fetch_add(1);
}

ReadinessWait::~ReadinessWait() {
  pollers.fetch_sub(1);
}

void ReadinessWait::prepare() {
  ticket_ = changes.ticket();
}

Result<bool> ReadinessWait::sleep(uint32_t streams, bool others) {
  if (timeout_ns_ == 0) return false;
  if (signal_pending()) return Errno::kInterrupted;
  int64_t left = -1;
  if (timeout_ns_ > 0) {
    const uint64_t now = monotonic_ns();
    if (now >= deadline_) return false;
    left = static_cast<int64_t>(std::min<uint64_t>(deadline_ - now, INT64_MAX));
  }
  if (streams == 0) {
    changes.wait(ticket_, left);
  } else {
    if (others && (left < 0 || left > kStreamPeriodNs)) left = kStreamPeriodNs;
    (void)KTRY(console_poll(streams, left));
  }
  return true;
}

}  // namespace strongroom::kernel
