#include "kernel/clone.h"

#include <linux/sched.h>

#include "kernel/port/port.h"
#include "kernel/processor.h"
#include "kernel/thread.h"
#include "kernel/trap.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr uint64_t kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr uint64_t kServedFlags = kThreadFlags | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
                                  CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED;

// Offsets in an XSAVE area (Intel SDM volume 1, table 10-2).
constexpr size_t kControlWordOffset = 0, kMxcsrOffset = 24;

}  // namespace

SyscallResult clone_thread(const CloneRequest& request) {
  if ((request.flags & kThreadFlags) != kThreadFlags) return Errno::kNoSystemCall;
  if ((request.flags & ~kServedFlags) != 0 || request.stack_top == 0) return Errno::kInvalid;
  Thread& parent = current_thread();
  Thread* child = claim_thread();
  if (child == nullptr) return Errno::kAgain;

  child->start_frame = current_frame();
  child->start_frame.rax = 0;
  child->start_frame.rsp = request.stack_top;
  child->start_fs_base = (request.flags & CLONE_SETTLS) != 0 ? request.tls : processor::fs_base();
  child->signal_mask = parent.signal_mask.load();
  __builtin_memcpy(child->name, parent.name, sizeof child->name);
  if (parent.extended_state != nullptr) {
    __builtin_memcpy(&child->start_fpu_control, parent.extended_state + kControlWordOffset, 2);
    __builtin_memcpy(&child->start_mxcsr, parent.extended_state + kMxcsrOffset, 4);
  } else {
    processor::get_floating_point(child->start_mxcsr, child->start_fpu_control);
  }
  if ((request.flags & CLONE_CHILD_CLEARTID) != 0) child->clear_child_tid = request.child_tid;

  const int32_t id = child->id;
  const auto store_id = [&](uint64_t flag, uint64_t address) {
    return (request.flags & flag) == 0 || UserOut<int32_t>(address).write(id).ok();
  };
  const bool stored =
      store_id(CLONE_PARENT_SETTID, request.parent_tid) && store_id(CLONE_CHILD_SETTID, request.child_tid);
  if (!stored || !port::start(*child)) {
    abandon_thread(*child);
    return stored ? Errno::kAgain : Errno::kFault;
  }
  return static_cast<uint64_t>(id);
}

}  // namespace strongroom::kernel
