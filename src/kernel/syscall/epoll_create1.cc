// epoll_create1(2)
#include <fcntl.h>
#include <sys/epoll.h>

#include "kernel/allocate.h"
#include "kernel/fs/epoll.h"
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_epoll_create1(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(0);
  if ((flags & ~static_cast<uint32_t>(EPOLL_CLOEXEC)) != 0) return Errno::kInvalid;
  Ref<Inode> epoll = Ref<Epoll>::adopt(create<Epoll>());
  if (!epoll) return Errno::kNoMemory;
  epoll->links = 1;
  Ref<OpenFile> file = KTRY(OpenFile::open(std::move(epoll), O_RDWR));
  return static_cast<uint64_t>(KTRY(file_system().descriptors.add(std::move(file), flags != 0)));
}

}  // namespace strongroom::kernel
