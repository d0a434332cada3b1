// key: EGETKEY, where the processor does it.
#include "arch/key_request.h"
#include "kernel/port/port.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_key(const SyscallArguments& arguments) {
  alignas(arch::kKeyRequestAlignment) arch::KeyRequest request;
  alignas(arch::kKeyAlignment) uint8_t key[arch::kKeySize] = {};
  KTRY(copy_from_user(&request, arguments[0], sizeof request));
  const uint64_t status = KTRY(port::key(request, key));
  Result<void> copied;
  if (status == 0) copied = copy_to_user(arguments[1], key, sizeof key);
  __builtin_memset(key, 0, sizeof key);
  asm volatile("" : : "r"(key) : "memory");  // not optimised away
  KTRY(copied);
  return status;
}

}  // namespace strongroom::kernel
