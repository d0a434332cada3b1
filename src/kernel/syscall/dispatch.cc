#include "kernel/syscall/dispatch.h"

#include <atomic>

#include "arch/own_calls.h"
#include "kernel/boot.h"
#include "kernel/host_call.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/unserved.h"
#include "kernel/text.h"

namespace strongroom::kernel {
namespace {

constexpr uint64_t kNumbers = 512;
constinit std::atomic<uint64_t> told[kNumbers / 64];

// The names one after the other, each ended by NUL: a table of pointers would need relocations, and more
// room.
#define STRONGROOM_NAME(number, name) #name "\0"
constexpr char kNames[] =
    STRONGROOM_UNSERVED_SYSCALLS(STRONGROOM_NAME) STRONGROOM_PARTLY_SERVED(STRONGROOM_NAME);
#undef STRONGROOM_NAME
#define STRONGROOM_NUMBER(number, name) number,
constexpr uint16_t kNamed[] = {STRONGROOM_UNSERVED_SYSCALLS(STRONGROOM_NUMBER)
                                   STRONGROOM_PARTLY_SERVED(STRONGROOM_NUMBER)};
#undef STRONGROOM_NUMBER

std::string_view name_of(uint64_t number) {
  const char* name = kNames;
  for (const uint16_t named : kNamed) {
    const std::string_view found(name);
    if (named == number) return found;
    name += found.size() + 1;
  }
  return "unknown";
}

void name_once(uint64_t number) {
  if (!trace_requested() || number >= kNumbers) return;
  const uint64_t bit = 1ull << (number % 64);
  if ((told[number / 64].fetch_or(bit) & bit) != 0) return;
  trace(Text<96>()
            .add("system call ")
            .add(name_of(number))
            .add(" (")
            .decimal(number)
            .add(") is not served: ENOSYS")
            .view());
}

SyscallResult serve(uint64_t number, const SyscallArguments& arguments) {
  switch (number) {
#define STRONGROOM_SERVE(number, name) \
  case number:                         \
    return sys_##name(arguments);
    STRONGROOM_SYSCALLS(STRONGROOM_SERVE)
#undef STRONGROOM_SERVE
#define STRONGROOM_SERVE(call, name)               \
  case static_cast<uint64_t>(arch::OwnCall::call): \
    return sys_##name(arguments);
    STRONGROOM_OWN_CALLS(STRONGROOM_SERVE)
#undef STRONGROOM_SERVE
    default:
      return Errno::kNoSystemCall;
  }
}

}  // namespace

SyscallResult dispatch_syscall(const TrapFrame& frame) {
  const uint64_t number = frame.rax;
  const SyscallResult result =
      serve(number, {{frame.rdi, frame.rsi, frame.rdx, frame.r10, frame.r8, frame.r9}});
  // Also a call that is served in part: clone(2) is fork(2) without the flags of a thread.
  if (result.error() == Errno::kNoSystemCall) name_once(number);
  return result;
}

}  // namespace strongroom::kernel
