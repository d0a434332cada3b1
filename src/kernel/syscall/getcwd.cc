// getcwd(2). Yields the size with the NUL, as the system call does.
#include "kernel/allocate.h"
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

SyscallResult give_path(char* text, uint64_t address, uint64_t capacity) {
  FileSystemState& state = file_system();
  state.names.lock();
  const Ref<Directory> directory = state.working_directory;
  state.names.unlock();
  const size_t size = KTRY(path_of(*directory, text, kMaximumPath - 1));
  text[size] = '\0';
  if (capacity < size + 1) return Errno::kRange;
  KTRY(copy_to_user(address, text, size + 1));
  return size + 1;
}

}  // namespace

SyscallResult sys_getcwd(const SyscallArguments& arguments) {
  auto* text = static_cast<char*>(allocate(kMaximumPath));
  if (text == nullptr) return Errno::kNoMemory;
  const SyscallResult result = give_path(text, arguments[0], arguments[1]);
  release(text, kMaximumPath);
  return result;
}

}  // namespace strongroom::kernel
