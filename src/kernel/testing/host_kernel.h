// The file system and its system calls in an ordinary process, for tests: memory, locks, clocks and console
// stand on the host's, can be made to fail, and are counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel::testing {

// Starts the file system, and takes it down again; then no block of memory may be left (check live_blocks()).
class HostKernel {
 public:
  HostKernel();
  ~HostKernel();
  HostKernel(const HostKernel&) = delete;
  HostKernel& operator=(const HostKernel&) = delete;
  Result<void> started;
};

size_t live_blocks();
// The `count`-th allocation from now on fails, counted from 0, and every later one if `for_good`; < 0: none
// does.
void fail_allocation(int64_t count, bool for_good = false);
// Whether one has failed since fail_allocation().
bool allocation_failed();

// Where standard input comes from and what went to standard output and error.
void give_input(std::string_view bytes, bool end = false);
std::string take_output(int stream);
// Writing to the streams fails with EPIPE from now on.
void break_output();

// Any access of the program's memory that touches [begin, end) is EFAULT. The first page always is.
void set_fault_range(const void* begin, const void* end);
// Signals that were raised, by the calling thread; taken.
std::vector<int> take_signals();
// Makes signal_pending() true for all threads, and wakes them.
void interrupt(bool pending);

namespace detail {
template <typename T>
uint64_t as_argument(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<uint64_t>(value);
  } else {
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  }
}
inline uint64_t as_argument(std::nullptr_t) {
  return 0;
}
}  // namespace detail

// Makes a system call as the program sees it: a value, or a negated errno. None is made again after a signal.
template <typename... Arguments>
int64_t run(SyscallResult (*call)(const SyscallArguments&), Arguments... arguments) {
  SyscallResult result = call(SyscallArguments{{detail::as_argument(arguments)...}});
  if (result.ok()) return static_cast<int64_t>(result.value());
  const Errno error = result.error() == Errno::kRestart ? Errno::kInterrupted : result.error();
  return -static_cast<int64_t>(error);
}

}  // namespace strongroom::kernel::testing
