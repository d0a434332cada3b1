// Where a debugger finds a debug enclave: a Unix socket without a name, which is reached by the descriptor of
// the process that holds the enclave. So whoever may look into that process may connect, if he is the user
// who launched it, or root; and nothing is left behind when the process dies.
#pragma once

#include "base/file.h"

namespace strongroom::tee::vm::debug {

struct DebugSocket {
  FileDescriptor listening;
  // Open without rights on the socket's inode: /proc/PID/fd/N of it is what gdb connects to. Its link reads
  // .../strongroom-gdb-XXXXXX/BASE, with the enclave's base in hexadecimal.
  FileDescriptor address;
};

Result<DebugSocket> create_debug_socket(uint64_t base);

}  // namespace strongroom::tee::vm::debug
