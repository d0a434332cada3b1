// symlinkat(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_symlinkat(const SyscallArguments& arguments) {
  const UserPath target = KTRY(UserPath::read(arguments[0]));
  if (target.text().empty()) return Errno::kNoEntry;
  const PathArgument path = KTRY(read_path(arguments.int32(1), arguments[2]));
  const Ref<Inode> link = create_symlink(target.text().data(), target.text().size());
  if (!link) return Errno::kNoSpace;
  KTRY(add_name(path.start, path.text(), link));
  return 0;
}

}  // namespace strongroom::kernel
