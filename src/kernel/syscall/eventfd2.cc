// eventfd2(2)
#include <fcntl.h>
#include <sys/eventfd.h>

#include "kernel/allocate.h"
#include "kernel/fs/event_counter.h"
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_eventfd2(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(1);
  if ((flags & ~static_cast<uint32_t>(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) != 0)
    return Errno::kInvalid;
  const bool semaphore = (flags & EFD_SEMAPHORE) != 0;
  Ref<Inode> counter = Ref<EventCounter>::adopt(create<EventCounter>(arguments.uint32(0), semaphore));
  if (!counter) return Errno::kNoMemory;
  counter->links = 1;
  Ref<OpenFile> file = KTRY(OpenFile::open(std::move(counter), O_RDWR | (flags & EFD_NONBLOCK)));
  return static_cast<uint64_t>(
      KTRY(file_system().descriptors.add(std::move(file), (flags & EFD_CLOEXEC) != 0)));
}

}  // namespace strongroom::kernel
