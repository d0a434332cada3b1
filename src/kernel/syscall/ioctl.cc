// ioctl(2): what works on files that are no terminals.
#include <asm/ioctls.h>
#include <fcntl.h>

#include "kernel/fs/file_system.h"
#include "kernel/fs/pipe.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

// How much a read would find.
Result<int32_t> bytes_left(OpenFile& file) {
  if (file.inode->kind == InodeKind::kPipe) {
    return static_cast<int32_t>(static_cast<Pipe*>(file.inode.get())->available());
  }
  RegularFile* regular = as_regular(file.inode.get());
  if (regular == nullptr) return Errno::kNotTerminal;
  const uint64_t position = KTRY(file.seek(0, SEEK_CUR));
  MutexLock guard(regular->lock);
  return static_cast<int32_t>(regular->content.size() - position);
}

}  // namespace

SyscallResult sys_ioctl(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  const int32_t descriptor = arguments.int32(0);
  switch (arguments.uint32(1)) {
    case FIOCLEX:
      KTRY(file_system().descriptors.set_close_on_exec(descriptor, true));
      return 0;
    case FIONCLEX:
      KTRY(file_system().descriptors.set_close_on_exec(descriptor, false));
      return 0;
    case FIONBIO: {
      const int32_t on = KTRY(UserIn<int32_t>(arguments[2]).read());
      if (on != 0) file->flags |= O_NONBLOCK;
      if (on == 0) file->flags &= ~static_cast<uint32_t>(O_NONBLOCK);
      return 0;
    }
    case FIONREAD:
      KTRY(UserOut<int32_t>(arguments[2]).write(KTRY(bytes_left(*file))));
      return 0;
    default:
      return Errno::kNotTerminal;
  }
}

}  // namespace strongroom::kernel
