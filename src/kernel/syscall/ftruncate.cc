// ftruncate(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_ftruncate(const SyscallArguments& arguments) {
  if (arguments.int64(1) < 0) return Errno::kInvalid;
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  RegularFile* regular = as_regular(file->inode.get());
  if (regular == nullptr || !file->writable()) return Errno::kInvalid;
  KTRY(set_file_size(*regular, arguments[1]));
  return 0;
}

}  // namespace strongroom::kernel
