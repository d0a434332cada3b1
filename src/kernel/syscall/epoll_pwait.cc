// epoll_pwait(2)
#include "kernel/fs/epoll.h"
#include "kernel/fs/file_system.h"
#include "kernel/fs/readiness.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/timeout.h"

namespace strongroom::kernel {

SyscallResult sys_epoll_pwait(const SyscallArguments& arguments) {
  constexpr int kMost = INT32_MAX / static_cast<int>(sizeof(EpollEvent));
  if (arguments.int32(2) <= 0 || arguments.int32(2) > kMost) return Errno::kInvalid;
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  if (file->inode->kind != InodeKind::kEpoll) return Errno::kInvalid;
  KTRY(use_signal_mask(arguments[4], arguments[5]));
  auto& epoll = *static_cast<Epoll*>(file->inode.get());
  ReadinessWait wait(Timeout::milliseconds(arguments.int32(3)).nanoseconds());
  for (;;) {
    wait.prepare();
    const size_t ready = KTRY(epoll.collect(arguments[1], static_cast<size_t>(arguments.int32(2))));
    if (ready > 0 || !KTRY(wait.sleep(epoll.streams(), true))) return ready;
  }
}

}  // namespace strongroom::kernel
