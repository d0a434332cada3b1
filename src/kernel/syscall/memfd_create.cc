// memfd_create(2)
#include <fcntl.h>
#include <sys/mman.h>

#include "kernel/allocate.h"
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {
namespace {

constexpr uint32_t kLargeFile = 0100000;  // O_LARGEFILE

}  // namespace

SyscallResult sys_memfd_create(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(1);
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) != 0) return Errno::kInvalid;
  const UserPath name = KTRY(UserPath::read(arguments[0]));
  if (name.text().size() > kMaximumNameSize - 6) return Errno::kInvalid;  // room for "memfd:"
  auto memory = Ref<RegularFile>::adopt(create<RegularFile>(0777u));
  if (!memory) return Errno::kNoMemory;
  if ((flags & MFD_ALLOW_SEALING) != 0) memory->seals = 0;
  Ref<OpenFile> file = KTRY(OpenFile::open(std::move(memory), O_RDWR | kLargeFile));
  return static_cast<uint64_t>(
      KTRY(file_system().descriptors.add(std::move(file), (flags & MFD_CLOEXEC) != 0)));
}

}  // namespace strongroom::kernel
