// epoll_ctl(2)
#include <sys/epoll.h>

#include "kernel/fs/epoll.h"
#include "kernel/fs/file_system.h"
#include "kernel/fs/readiness.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_epoll_ctl(const SyscallArguments& arguments) {
  const int operation = arguments.int32(1);
  EpollEvent event{};
  if (operation != EPOLL_CTL_DEL) event = KTRY(UserIn<EpollEvent>(arguments[3]).read());
  const Ref<OpenFile> instance = KTRY(file_system().descriptors.get(arguments.int32(0)));
  const Ref<OpenFile> target = KTRY(file_system().descriptors.get(arguments.int32(2)));
  if (!can_wait_for(*target)) return Errno::kPerm;
  if (instance->inode->kind != InodeKind::kEpoll || instance.get() == target.get()) return Errno::kInvalid;
  auto& epoll = *static_cast<Epoll*>(instance->inode.get());
  switch (operation) {
    case EPOLL_CTL_ADD:
      KTRY(epoll.add(arguments.int32(2), *target, event));
      return 0;
    case EPOLL_CTL_MOD:
      KTRY(epoll.modify(arguments.int32(2), *target, event));
      return 0;
    case EPOLL_CTL_DEL:
      KTRY(epoll.remove(arguments.int32(2), *target));
      return 0;
    default:
      return Errno::kInvalid;
  }
}

}  // namespace strongroom::kernel
