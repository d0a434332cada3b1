#include "preload/thread.h"

#include <immintrin.h>
#include <linux/prctl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <new>

#include "preload/real.h"
#include "preload/trampoline.h"

uint8_t* sgxemu_slots;

namespace strongroom::sgx {
namespace {

constexpr size_t kStackOffset = 8192;

[[gnu::tls_model("initial-exec")]] thread_local ThreadRecord* current;
pthread_key_t exit_key;

ThreadRecord* record_at(size_t index) {
  return reinterpret_cast<ThreadRecord*>(sgxemu_slots + index * kSlotSize);
}

void set_up(ThreadRecord& record) {
  stack_t stack{};
  stack.ss_sp = reinterpret_cast<uint8_t*>(&record) + kStackOffset;
  stack.ss_size = kSlotSize - kStackOffset;
  syscall(SYS_sigaltstack, &stack, &record.host_stack);
  const auto start = reinterpret_cast<uintptr_t>(sgxemu_sigreturn);
  const auto end = reinterpret_cast<uintptr_t>(sgxemu_sigreturn_end);
  prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, start, end - start, &record.selector);
}

void release(void* argument) {
  auto* const record = static_cast<ThreadRecord*>(argument);
  prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0);
  syscall(SYS_sigaltstack, &record->host_stack, nullptr);
  current = nullptr;
  std::atomic_ref(record->used).store(false, std::memory_order_release);
}

}  // namespace

bool reserve_thread_records() {
  // Aligned, so that a stack pointer tells its slot by its upper bits.
  constexpr size_t kSize = kSlots * kSlotSize;
  void* const memory = mmap(nullptr, kSize + kSlotSize, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  const auto start = reinterpret_cast<uintptr_t>(memory);
  sgxemu_slots = reinterpret_cast<uint8_t*>((start + kSlotSize - 1) & ~(kSlotSize - 1));
  return pthread_key_create(&exit_key, release) == 0;
}

ThreadRecord* current_thread() {
  return current;
}

ThreadRecord* enter_thread() {
  if (current != nullptr) return current;
  for (size_t i = 0; i < kSlots; ++i) {
    ThreadRecord* const record = record_at(i);
    bool expected = false;
    if (!std::atomic_ref(record->used).compare_exchange_strong(expected, true)) continue;
    record->in_enclave = 0;
    record->selector = SYSCALL_DISPATCH_FILTER_ALLOW;
    record->thread_id = static_cast<int>(syscall(SYS_gettid));
    new (&record->cpu) Cpu;
    set_up(*record);
    pthread_setspecific(exit_key, record);
    current = record;
    return record;
  }
  return nullptr;
}

void reset_threads_after_fork() {
  for (size_t i = 0; i < kSlots; ++i) {
    ThreadRecord* const record = record_at(i);
    if (record->used && record != current) record->used = false;
  }
  if (current == nullptr) return;
  current->thread_id = static_cast<int>(syscall(SYS_gettid));
  set_up(*current);
}

int interrupt_signal() {
  return SIGRTMAX;
}

void interrupt_threads_inside(const EpcPage& secs) {
  const Tracking& tracking = secs.enclave->tracking;
  const auto waiting = [&] {
    return std::atomic_ref(const_cast<uint32_t&>(tracking.threads_of_earlier)).load() != 0;
  };
  while (waiting()) {
    for (size_t i = 0; i < kSlots; ++i) {
      const ThreadRecord* const record = record_at(i);
      if (record->used && record->in_enclave != 0 && record->cpu.mode.secs == &secs)
        syscall(SYS_tgkill, getpid(), record->thread_id, interrupt_signal());
    }
    for (int i = 0; i < 100 && waiting(); ++i) sched_yield();
  }
}

}  // namespace strongroom::sgx
