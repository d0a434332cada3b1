// pipe2(2), without the packets of O_DIRECT.
#include <fcntl.h>

#include "kernel/allocate.h"
#include "kernel/fs/file_system.h"
#include "kernel/fs/pipe.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

struct Pair {
  int32_t read;
  int32_t write;
};

// The program learns the numbers before anything stands behind them, so that a fault leaves nothing open.
Result<void> give_pair(DescriptorTable& descriptors, Pair& pair, uint64_t address) {
  pair.write = KTRY(descriptors.reserve());
  return UserOut<Pair>(address).write(pair);
}

}  // namespace

SyscallResult sys_pipe2(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(1);
  if ((flags & ~static_cast<uint32_t>(O_CLOEXEC | O_NONBLOCK)) != 0) return Errno::kInvalid;
  const Ref<Inode> pipe = Ref<Pipe>::adopt(create<Pipe>());
  if (!pipe) return Errno::kNoMemory;
  pipe->links = 1;
  Ref<OpenFile> reader = KTRY(OpenFile::open(pipe, O_RDONLY | (flags & O_NONBLOCK)));
  Ref<OpenFile> writer = KTRY(OpenFile::open(pipe, O_WRONLY | (flags & O_NONBLOCK)));
  DescriptorTable& descriptors = file_system().descriptors;
  Pair pair{KTRY(descriptors.reserve()), -1};
  const Result<void> given = give_pair(descriptors, pair, arguments[0]);
  if (!given.ok()) {
    descriptors.cancel(pair.read);
    if (pair.write >= 0) descriptors.cancel(pair.write);
    return given.error();
  }
  descriptors.install(pair.read, std::move(reader), (flags & O_CLOEXEC) != 0);
  descriptors.install(pair.write, std::move(writer), (flags & O_CLOEXEC) != 0);
  return 0;
}

}  // namespace strongroom::kernel
