#include "kernel/syscall/select_descriptors.h"

#include <poll.h>

#include <algorithm>

#include "kernel/fs/file_system.h"
#include "kernel/fs/readiness.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr int kWordBits = 64;
constexpr int kSets = 3;

// What poll events put a descriptor into each set (fs/select.c of Linux: POLLIN_SET, POLLOUT_SET,
// POLLEX_SET).
constexpr uint32_t kEvents[kSets] = {POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
                                     POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR, POLLPRI};

struct Sets {
  uint64_t words[kSets][DescriptorTable::kSize / kWordBits];
};

bool contains(const Sets& sets, int set, int descriptor) {
  return (sets.words[set][descriptor / kWordBits] >> (descriptor % kWordBits) & 1) != 0;
}

// Yields how many bits are set in `ready`. EBADF.
Result<size_t> look(const Sets& wanted, int count, Sets& ready, uint32_t& streams, bool& others) {
  size_t found = 0;
  for (int descriptor = 0; descriptor < count; ++descriptor) {
    uint32_t events = 0;
    for (int set = 0; set < kSets; ++set) {
      if (contains(wanted, set, descriptor)) events |= kEvents[set];
    }
    if (events == 0) continue;
    const Ref<OpenFile> file = KTRY(file_system().descriptors.get(descriptor));
    const uint32_t now = ready_events(*file);
    for (int set = 0; set < kSets; ++set) {
      if (!contains(wanted, set, descriptor) || (now & kEvents[set]) == 0) continue;
      ready.words[set][descriptor / kWordBits] |= uint64_t{1} << (descriptor % kWordBits);
      ++found;
    }
    const uint32_t its_streams = streams_of(*file, events);
    streams |= its_streams;
    if (its_streams == 0 || file->inode->kind == InodeKind::kEpoll) others = true;
  }
  return found;
}

Result<size_t> wait(const Sets& wanted, int count, Sets& ready, const Timeout& timeout) {
  ReadinessWait wait(timeout.nanoseconds());
  for (;;) {
    wait.prepare();
    uint32_t streams = 0;
    bool others = false;
    const size_t found = KTRY(look(wanted, count, ready, streams, others));
    if (found > 0 || !KTRY(wait.sleep(streams, others))) return found;
  }
}

}  // namespace

SyscallResult select_descriptors(const SyscallArguments& arguments, const Timeout& timeout) {
  if (arguments.int32(0) < 0) return Errno::kInvalid;
  const int count = std::min(arguments.int32(0), DescriptorTable::kSize);
  const auto words = static_cast<size_t>((count + kWordBits - 1) / kWordBits);
  Sets wanted{};
  for (int set = 0; set < kSets; ++set) {
    const uint64_t address = arguments[set + 1];
    if (address != 0) KTRY(copy_from_user(wanted.words[set], address, words * sizeof(uint64_t)));
  }
  Sets ready{};
  const SyscallResult result = wait(wanted, count, ready, timeout);
  timeout.write_back();
  for (int set = 0; result.ok() && set < kSets; ++set) {
    const uint64_t address = arguments[set + 1];
    if (address != 0) KTRY(copy_to_user(address, ready.words[set], words * sizeof(uint64_t)));
  }
  return result;
}

}  // namespace strongroom::kernel
