#include "kernel/syscall/poll_descriptors.h"

#include <poll.h>

#include "kernel/allocate.h"
#include "kernel/fs/file_system.h"
#include "kernel/fs/readiness.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

// Sets revents; yields how many descriptors are ready. `streams` and `others` are for ReadinessWait::sleep().
size_t look(struct pollfd* polled, uint64_t count, uint32_t& streams, bool& others) {
  size_t ready = 0;
  for (struct pollfd* entry = polled; entry != polled + count; ++entry) {
    entry->revents = 0;
    if (entry->fd < 0) continue;
    Result<Ref<OpenFile>> file = file_system().descriptors.get(entry->fd);
    uint32_t events = POLLNVAL;
    if (file.ok()) {
      const uint32_t wanted = static_cast<uint16_t>(entry->events);
      events = ready_events(*file.value()) & (wanted | POLLERR | POLLHUP);
      const uint32_t its_streams = streams_of(*file.value(), wanted);
      streams |= its_streams;
      if (its_streams == 0 || file.value()->inode->kind == InodeKind::kEpoll) others = true;
    }
    entry->revents = static_cast<int16_t>(events);
    if (events != 0) ++ready;
  }
  return ready;
}

Result<size_t> wait(struct pollfd* polled, uint64_t count, const Timeout& timeout) {
  ReadinessWait wait(timeout.nanoseconds());
  for (;;) {
    wait.prepare();
    uint32_t streams = 0;
    bool others = false;
    const size_t ready = look(polled, count, streams, others);
    if (ready > 0 || !KTRY(wait.sleep(streams, others))) return ready;
  }
}

}  // namespace

SyscallResult poll_descriptors(uint64_t descriptors, uint64_t count, const Timeout& timeout) {
  if (count > static_cast<uint64_t>(file_system().descriptors.limit)) return Errno::kInvalid;
  const size_t size = count * sizeof(struct pollfd);
  auto* polled = static_cast<struct pollfd*>(allocate(size + 1));
  if (polled == nullptr) return Errno::kNoMemory;
  SyscallResult result = 0;
  if (count > 0) {
    const Result<void> copied = copy_from_user(polled, descriptors, size);
    if (!copied.ok()) result = copied.error();
  }
  if (result.ok()) result = wait(polled, count, timeout);
  for (size_t index = 0; result.ok() && index < count; ++index) {
    const uint64_t revents = descriptors + index * sizeof(struct pollfd) + offsetof(struct pollfd, revents);
    const Result<void> given = copy_to_user(revents, &polled[index].revents, sizeof(int16_t));
    if (!given.ok()) result = given.error();
  }
  release(polled, size + 1);
  timeout.write_back();
  return result;
}

}  // namespace strongroom::kernel
