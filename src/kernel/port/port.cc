#include "kernel/port/port.h"

#include "kernel/port/process.h"
#include "kernel/port/sgx.h"
#include "kernel/port/vm.h"

namespace strongroom::kernel::port {
namespace {
constinit Kind chosen = Kind::kNone;
}  // namespace

Kind kind() {
  return chosen;
}
void set_kind(Kind kind) {
  chosen = kind;
}

// Compares, not a table of functions: a table would need relocation.
#define STRONGROOM_FORWARD(call)                        \
  do {                                                  \
    if (chosen == Kind::kProcess) return process::call; \
    if (chosen == Kind::kVm) return vm::call;           \
    if (chosen == Kind::kSgx) return sgx::call;         \
    __builtin_trap();                                   \
  } while (false)

void enter_thread(Thread& thread) {
  STRONGROOM_FORWARD(enter_thread(thread));
}
void transfer(Thread& thread) {
  STRONGROOM_FORWARD(transfer(thread));
}
bool park(Thread& thread, int64_t timeout_ns) {
  STRONGROOM_FORWARD(park(thread, timeout_ns));
}
void unpark(Thread& thread) {
  STRONGROOM_FORWARD(unpark(thread));
}
void yield(Thread& thread) {
  STRONGROOM_FORWARD(yield(thread));
}
SpinPolicy spin_policy() {
  STRONGROOM_FORWARD(spin_policy());
}
bool start(Thread& thread) {
  STRONGROOM_FORWARD(start(thread));
}
void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state) {
  if (chosen == Kind::kProcess) process::end_thread(thread, slot_state);
  if (chosen == Kind::kSgx) sgx::end_thread(thread, slot_state);
  vm::end_thread(thread, slot_state);
}
bool protect(uint64_t address, uint64_t size, uint32_t protection) {
  STRONGROOM_FORWARD(protect(address, size, protection));
}
void clear_touched(uint64_t address, uint64_t size) {
  STRONGROOM_FORWARD(clear_touched(address, size));
}
bool clear_and_revoke(uint64_t address, uint64_t size) {
  STRONGROOM_FORWARD(clear_and_revoke(address, size));
}
bool resolve_fault(TrapFrame& frame) {
  STRONGROOM_FORWARD(resolve_fault(frame));
}
bool reports_page_faults() {
  return chosen != Kind::kSgx || sgx::changes_memory();
}
bool has_timestamp() {
  return chosen != Kind::kSgx || sgx::changes_memory();
}
uint64_t reserved_arena() {
  return chosen == Kind::kSgx ? sgx::table_size() : 0;
}
int64_t clock(bool realtime) {
  STRONGROOM_FORWARD(clock(realtime));
}
int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns) {
  STRONGROOM_FORWARD(call_wait(wake, wait, expected, timeout_ns));
}
uint64_t call_wait_function() {
  return chosen == Kind::kSgx ? sgx::call_wait_function() : 0;
}

Result<uint64_t> report(const arch::TargetInfo& target, const uint8_t (&data)[64], arch::Report& out) {
  if (chosen != Kind::kSgx) return Errno::kNoSuchDevice;
  return sgx::report(target, data, out);
}
Result<uint64_t> key(const arch::KeyRequest& request, uint8_t (&out)[arch::kKeySize]) {
  if (chosen != Kind::kSgx) return Errno::kNoSuchDevice;
  return sgx::key(request, out);
}

processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  STRONGROOM_FORWARD(cpuid(leaf, subleaf));
}

#undef STRONGROOM_FORWARD

}  // namespace strongroom::kernel::port
