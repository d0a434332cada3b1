#include "kernel/testing/host_kernel.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>

#include "kernel/allocate.h"
#include "kernel/boot.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/lock.h"
#include "kernel/memory_limits.h"
#include "kernel/memory_map.h"
#include "kernel/port/port.h"
#include "kernel/process.h"
#include "kernel/random.h"
#include "kernel/signal.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

std::atomic<size_t> blocks{0};
std::atomic<uint64_t> used_bytes{0};
std::atomic<int64_t> allocations_left{-1};
std::atomic<bool> fails_for_good{false};
std::atomic<bool> has_failed{false};

std::mutex console_mutex;
std::string input;
bool input_ended = false;
std::string output[3];
std::atomic<bool> output_broken{false};

std::atomic<uint64_t> fault_begin{0};
std::atomic<uint64_t> fault_end{0};
thread_local std::vector<int> signals;
std::atomic<bool> signal_waits{false};

bool must_fail() {
  if (allocations_left < 0) return false;
  const int64_t left = allocations_left.fetch_sub(1);
  if (left > 0) return false;
  if (fails_for_good) allocations_left = 0;
  has_failed = true;
  return true;
}

bool faults(uint64_t address, size_t size) {
  if (size == 0) return false;
  if (address < 4096 || address > UINT64_MAX / 2 - size) return true;
  return address < fault_end && fault_begin < address + size;
}

uint64_t read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

void* allocate(size_t size) {
  if (must_fail()) return nullptr;
  void* block = nullptr;
  const size_t alignment = size >= 4096 ? 4096 : 16;
  if (posix_memalign(&block, alignment, std::max<size_t>(size, 1)) != 0) return nullptr;
  memset(block, 0, size);
  ++blocks;
  used_bytes += size;
  return block;
}

void release(void* block, size_t size) {
  memset(block, 0xdd, size);
  free(block);
  --blocks;
  used_bytes -= size;
}

bool wait_on(std::atomic<uint32_t>& word, uint32_t expected, int64_t timeout_ns) {
  // Looks again now and then, as interrupt() does not know who sleeps.
  const int64_t slice = timeout_ns < 0 ? 20'000'000 : std::min<int64_t>(timeout_ns, 20'000'000);
  timespec time{slice / 1'000'000'000, slice % 1'000'000'000};
  const long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, &time, nullptr, 0);
  return result == 0 || errno != ETIMEDOUT || timeout_ns > slice;
}

void wake(std::atomic<uint32_t>& word, uint32_t count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, std::min<uint32_t>(count, INT32_MAX), nullptr, nullptr, 0);
}

Result<void> copy_from_user(void* to, uint64_t from, size_t size) {
  if (faults(from, size)) return Errno::kFault;
  if (size > 0) memcpy(to, reinterpret_cast<const void*>(from), size);
  return {};
}

Result<void> copy_to_user(uint64_t to, const void* from, size_t size) {
  if (faults(to, size)) return Errno::kFault;
  if (size > 0) memcpy(reinterpret_cast<void*>(to), from, size);
  return {};
}

Result<void> zero_user(uint64_t to, size_t size) {
  if (faults(to, size)) return Errno::kFault;
  if (size > 0) memset(reinterpret_cast<void*>(to), 0, size);
  return {};
}

Result<size_t> copy_string_from_user(char* to, uint64_t from, size_t capacity) {
  for (size_t size = 0; size < capacity; ++size) {
    KTRY(copy_from_user(to + size, from + size, 1));
    if (to[size] == '\0') return size;
  }
  return Errno::kNameTooLong;
}

Result<size_t> console_read(uint64_t user_buffer, size_t size) {
  std::lock_guard guard(console_mutex);
  const size_t step = std::min(size, input.size());
  KTRY(copy_to_user(user_buffer, input.data(), step));
  input.erase(0, step);
  return step;
}

Result<size_t> console_write(int stream, uint64_t user_buffer, size_t size) {
  if (output_broken) return Errno::kBrokenPipe;
  const size_t step = std::min<size_t>(size, 1000);  // less than asked for, as a host may do
  std::string bytes(step, '\0');
  KTRY(copy_from_user(bytes.data(), user_buffer, step));
  std::lock_guard guard(console_mutex);
  output[stream] += bytes;
  return step;
}

Result<uint32_t> console_poll(uint32_t stream_mask, int64_t timeout_ns) {
  const uint64_t end = timeout_ns < 0 ? UINT64_MAX : monotonic_ns() + static_cast<uint64_t>(timeout_ns);
  for (;;) {
    {
      std::lock_guard guard(console_mutex);
      const bool readable = !input.empty() || input_ended;
      const uint32_t ready = stream_mask & (readable ? 7u : 6u);
      if (ready != 0 || monotonic_ns() >= end || signal_waits) return ready;
    }
    usleep(1000);
  }
}

void fill_random(void* to, size_t size) {
  (void)!getentropy(to, std::min<size_t>(size, 256));
}
bool port::has_timestamp() {
  return true;
}
uint64_t realtime_ns() {
  return read_clock(CLOCK_REALTIME);
}
uint64_t monotonic_ns() {
  return read_clock(CLOCK_MONOTONIC);
}
uint64_t process_ns() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}
uint64_t thread_ns() {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
MemoryLimits memory_limits() {
  return {1u << 28, used_bytes};
}

size_t describe_memory_map(char* text, size_t capacity) {
  static constexpr std::string_view kLine = "00400000-00401000 r-xp 00000000 00:00 0 [program]\n";
  size_t size = 0;
  for (int line = 0; line < 1000; ++line, size += kLine.size()) {
    if (size + kLine.size() <= capacity) memcpy(text + size, kLine.data(), kLine.size());
  }
  return size;
}

const arch::ImageHeader& image_header() {
  static const arch::ImageHeader header = [] {
    arch::ImageHeader value{};
    value.thread_count = 8;
    value.thread_stack_size = 1u << 20;
    return value;
  }();
  return header;
}

char* thread_name() {
  static thread_local char name[kThreadNameSize] = "program";
  return name;
}
bool thread_exists(uint32_t id) {
  return id == kProcessId || id == static_cast<uint32_t>(gettid());
}

void raise_signal(int number) {
  signals.push_back(number);
}
bool signal_pending() {
  return signal_waits;
}
void set_signal_mask_for_call(uint64_t) {}

namespace testing {
namespace {

void clear(Directory& directory) {
  while (const DirectoryEntry* entry = directory.entry_from(0)) {
    if (Directory* child = as_directory(entry->inode.get())) clear(*child);
    directory.remove(const_cast<DirectoryEntry*>(entry));
  }
}

}  // namespace

HostKernel::HostKernel() {
  input.clear();
  input_ended = false;
  for (std::string& bytes : output) bytes.clear();
  output_broken = false;
  set_fault_range(nullptr, nullptr);
  interrupt(false);
  started = start_file_system();
}

HostKernel::~HostKernel() {
  fail_allocation(-1);
  FileSystemState& state = file_system();
  for (int descriptor = 0; (descriptor = state.descriptors.next_open(descriptor)) >= 0;) {
    (void)state.descriptors.close(descriptor);
  }
  state.working_directory = {};
  if (state.root) clear(*state.root);
  state.~FileSystemState();
}

size_t live_blocks() {
  return blocks;
}

void fail_allocation(int64_t count, bool for_good) {
  has_failed = false;
  fails_for_good = for_good;
  allocations_left = count;
}

bool allocation_failed() {
  return has_failed;
}

void give_input(std::string_view bytes, bool end) {
  std::lock_guard guard(console_mutex);
  input += bytes;
  input_ended = end;
}

std::string take_output(int stream) {
  std::lock_guard guard(console_mutex);
  return std::exchange(output[stream], {});
}

void break_output() {
  output_broken = true;
}

void set_fault_range(const void* begin, const void* end) {
  fault_begin = reinterpret_cast<uint64_t>(begin);
  fault_end = reinterpret_cast<uint64_t>(end);
}

std::vector<int> take_signals() {
  return std::exchange(signals, {});
}

void interrupt(bool pending) {
  signal_waits = pending;
}

}  // namespace testing
}  // namespace strongroom::kernel
