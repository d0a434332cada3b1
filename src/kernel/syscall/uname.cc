// uname(2). The release satisfies a C library that asks for a recent Linux.
#include <sys/utsname.h>

#include <cstring>
#include <string_view>

#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

template <size_t kSize>
void put(char (&field)[kSize], std::string_view text) {
  static_assert(kSize == 65);
  memcpy(field, text.data(), text.size());
}

}  // namespace

SyscallResult sys_uname(const SyscallArguments& arguments) {
  struct utsname names {};
  put(names.sysname, "Linux");
  put(names.nodename, "enclave");
  put(names.release, "6.1.0-strongroom");
  put(names.version, "#1 Strongroom");
  put(names.machine, "x86_64");
  put(names.domainname, "(none)");
  KTRY(UserOut<struct utsname>(arguments[0]).write(names));
  return 0;
}

}  // namespace strongroom::kernel
