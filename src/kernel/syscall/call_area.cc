#include "kernel/call_area.h"

#include "arch/own_calls.h"
#include "kernel/boot.h"
#include "kernel/port/port.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_call_area(const SyscallArguments& arguments) {
  const arch::CallAreaPlace place{.address = call_area_address(),
                                  .size = call_area_size(),
                                  .threads = image_header().thread_count,
                                  .processors = processor_count(),
                                  .enclave_address = enclave_base(),
                                  .enclave_size = image_header().enclave_size,
                                  .in_words = port::kind() == port::Kind::kSgx ? 1u : 0u};
  KTRY(UserOut<arch::CallAreaPlace>(arguments[0]).write(place));
  return 0;
}

}  // namespace strongroom::kernel
