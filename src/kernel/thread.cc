#include "kernel/thread.h"

#include "kernel/boot.h"
#include "kernel/clock.h"
#include "kernel/futex.h"
#include "kernel/host_call.h"
#include "kernel/port/port.h"
#include "kernel/process.h"
#include "kernel/processor.h"
#include "kernel/resume.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr uint32_t kFirstSpins = 4;

// kSlotEnding: whoever joins the thread may already know of its end, but its stack is still in use.
enum SlotState : uint32_t { kSlotFree, kSlotRunning, kSlotEnding };

// In measured memory, unlike the thread areas: which slots are in use is not for the host to say.
constinit std::atomic<uint32_t> slots[arch::kMaximumThreads];
constinit std::atomic<int32_t> last_id{0};
constinit std::atomic<uint32_t> running{0};
constinit std::atomic<uint32_t> kernel_threads{0};

uint64_t stack_top(uint32_t slot) {
  const arch::ImageHeader& header = image_header();
  return enclave_base() + header.kernel_stacks.offset + (slot + 1) * header.kernel_stack_stride;
}

void initialise(Thread& thread, uint32_t slot) {
  __builtin_memset(static_cast<void*>(&thread), 0, sizeof thread);
  thread.self = &thread;
  thread.kernel_rsp = stack_top(slot) - kThreadAreaSize;
  thread.exchange = exchange_of_slot(slot);
  thread.slot = slot;
  thread.spin_credit = kFirstSpins;
  thread.id = last_id.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Thread& thread_of_slot(uint32_t slot) {
  return *reinterpret_cast<Thread*>(stack_top(slot) - kThreadAreaSize);
}

namespace {

Thread* claim_free_slot() {
  for (uint32_t slot = 0; slot < image_header().thread_count; ++slot) {
    uint32_t expected = kSlotFree;
    if (!slots[slot].compare_exchange_strong(expected, kSlotRunning, std::memory_order_acquire)) continue;
    running.fetch_add(1, std::memory_order_relaxed);
    Thread& thread = thread_of_slot(slot);
    initialise(thread, slot);
    return &thread;
  }
  return nullptr;
}

bool any_slot_ends() {
  for (uint32_t slot = 0; slot < image_header().thread_count; ++slot)
    if (slots[slot].load(std::memory_order_acquire) == kSlotEnding) return true;
  return false;
}

}  // namespace

// A program that has joined a thread counts on its place, which is free a moment later.
Thread* claim_thread() {
  constexpr int64_t kMoment = 50'000;
  while (true) {
    const bool wait = any_slot_ends();
    if (Thread* thread = claim_free_slot()) return thread;
    if (!wait) return nullptr;
    port::park(current_thread(), kMoment);
  }
}

void abandon_thread(Thread& thread) {
  running.fetch_sub(1, std::memory_order_relaxed);
  slots[thread.slot].store(kSlotFree, std::memory_order_release);
}

char* thread_name() {
  return current_thread().name;
}

void count_kernel_thread() {
  kernel_threads.fetch_add(1, std::memory_order_relaxed);
}

uint32_t running_threads() {
  return running.load(std::memory_order_relaxed);
}

uint32_t slot_count() {
  return image_header().thread_count;
}

bool slot_runs(uint32_t slot) {
  return slots[slot].load(std::memory_order_acquire) == kSlotRunning;
}

Thread* find_thread(int32_t id) {
  return find_thread([id](const Thread& thread) { return thread.id == id; });
}

bool thread_exists(uint32_t id) {
  return find_thread(static_cast<int32_t>(id)) != nullptr;
}

void start_thread(Thread& thread) {
  port::enter_thread(thread);
  if (thread.id == 1) run_program();
  if (thread.start_task != nullptr) thread.start_task();
  start_thread_clock();
  processor::set_fs_base(thread.start_fs_base);
  processor::set_floating_point(thread.start_mxcsr, thread.start_fpu_control);
  strongroom_resume(&thread.start_frame);
}

void end_thread(int32_t status) {
  Thread& thread = current_thread();
  futex_release_robust_list(thread);
  if (running.fetch_sub(1, std::memory_order_acq_rel) == 1 + kernel_threads.load()) exit_enclave(status);
  slots[thread.slot].store(kSlotEnding, std::memory_order_release);
  // The joiner may free the program's stack from here on; the stack that this runs on belongs to the slot.
  if (thread.clear_child_tid != 0 && UserOut<int32_t>(thread.clear_child_tid).write(0).ok())
    futex_wake(thread.clear_child_tid, 1, UINT32_MAX);
  port::end_thread(thread, slots[thread.slot]);
}

}  // namespace strongroom::kernel
