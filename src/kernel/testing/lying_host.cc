#include "kernel/testing/lying_host.h"

#include <asm/prctl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include "arch/image_header.h"
#include "kernel/allocate.h"
#include "kernel/boot.h"
#include "kernel/clock.h"
#include "kernel/fs/file_system.h"
#include "kernel/futex.h"
#include "kernel/memory_map.h"
#include "kernel/port/host_facts.h"
#include "kernel/port/process_signal.h"
#include "kernel/port/process_syscall.h"
#include "kernel/port/sgx_enclu.h"
#include "kernel/port/vm_layout.h"
#include "kernel/processor.h"
#include "kernel/resume.h"
#include "kernel/signal.h"

// The enclave: its header, the place where the kernel would be, boot data, the arena.
namespace {
constexpr uint64_t kBootData = 2 * strongroom::arch::kPageSize;
constexpr uint64_t kBootDataSize = strongroom::arch::kPageSize;
constexpr uint64_t kArena = kBootData + kBootDataSize;
}  // namespace
extern "C" {
alignas(4096) uint8_t strongroom_test_enclave[kArena + strongroom::kernel::testing::kArenaSize];
asm(".globl strongroom_kernel_start\n.set strongroom_kernel_start, strongroom_test_enclave + 4096");
static_assert(strongroom::arch::kKernelOffset == 4096);
extern const char strongroom_kernel_start[];
const char strongroom_text_start[1] = {}, strongroom_text_end[1] = {};
const char strongroom_process_restorer[1] = {};
void strongroom_process_signal(int /*signal*/, siginfo_t* /*info*/, void* /*context*/) {}
const char strongroom_vm_flush_instruction[1] = {};
}

namespace strongroom::kernel {
namespace testing {
namespace {

alignas(64) Thread the_thread;
LyingHost* current = nullptr;

// The exchange between two pages that nobody may touch.
Exchange* exchange_memory() {
  static auto* memory = [] {
    auto* all = static_cast<uint8_t*>(
        mmap(nullptr, kExchangeSize + 2 * arch::kPageSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (all == MAP_FAILED || mprotect(all + arch::kPageSize, kExchangeSize, PROT_READ | PROT_WRITE) != 0)
      abort();
    return reinterpret_cast<Exchange*>(all + arch::kPageSize);
  }();
  return memory;
}

// The page where the port "vm" reads CPUID, with a count that is too large.
void map_cpuid_page() {
  static auto* table = [] {
    auto* wanted = reinterpret_cast<CpuidTable*>(kVmCpuidPage);
    if (mmap(wanted, arch::kPageSize, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != wanted)
      abort();
    return wanted;
  }();
  table->count = UINT32_MAX;
  table->entries[0] = {1, 0, 1, ~0u, ~0u, ~0u, ~0u};
  table->entries[1] = {7, 0, 0, ~0u, ~0u, ~0u, ~0u};
}

arch::ImageHeader& header() {
  return *reinterpret_cast<arch::ImageHeader*>(strongroom_test_enclave);
}

}  // namespace

uint8_t Script::byte() {
  if (bytes_.empty()) return 0;
  const uint8_t value = bytes_.front();
  bytes_ = bytes_.subspan(1);
  return value;
}

uint64_t Script::word() {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | byte();
  return value;
}

int64_t Script::number() {
  constexpr int64_t kValues[] = {0,
                                 1,
                                 -1,
                                 INT64_MIN,
                                 INT64_MAX,
                                 INT64_MIN + 1,
                                 kExchangePayload,
                                 kExchangePayload + 1,
                                 kExchangeSize,
                                 UINT32_MAX,
                                 int64_t{1} << 32,
                                 -4,
                                 -5,
                                 -11,
                                 -28,
                                 -32,
                                 -38,
                                 -110,
                                 -4095,
                                 -4096};
  const uint8_t choice = byte();
  if (choice < std::size(kValues)) return kValues[choice];
  if (choice < 0x80) return choice;
  return static_cast<int64_t>(word());
}

LyingHost::LyingHost(port::Kind kind, Script the_script) : script(the_script) {
  if (current != nullptr) abort();
  current = this;
  std::memset(strongroom_test_enclave, 0, sizeof strongroom_test_enclave);
  std::memset(static_cast<void*>(exchange_memory()), 0, kExchangeSize);
  header().enclave_size = sizeof strongroom_test_enclave;
  header().thread_count = 1;
  header().boot_data = {kBootData, kBootDataSize};
  header().program = {kBootData, 0};
  header().arena = {kArena, kArenaSize};
  header().main_stack_size = 128 << 10;
  std::memset(static_cast<void*>(&the_thread), 0, sizeof the_thread);
  the_thread.self = &the_thread;
  the_thread.exchange = exchange_memory();
  the_thread.id = 1;
  processor::set_gs_base(&the_thread);
  port::set_kind(kind);
  map_cpuid_page();
  reset_clocks();
}

LyingHost::~LyingHost() {
  current = nullptr;
}

void LyingHost::set_image(uint32_t flags, std::span<const uint8_t> boot_data) {
  header().flags = flags;
  std::memcpy(strongroom_test_enclave + kBootData, boot_data.data(),
              std::min<size_t>(boot_data.size(), kBootDataSize));
}

Exchange& LyingHost::exchange() const {
  return *exchange_memory();
}
std::span<uint8_t> LyingHost::arena() const {
  return {strongroom_test_enclave + kArena, kArenaSize};
}
Thread& LyingHost::thread() const {
  return the_thread;
}
void LyingHost::interrupt() {
  the_thread.pending_signals = 2;
}

void LyingHost::answer() {
  Exchange& shared = exchange();
  calls.push_back({static_cast<HostCall>(shared.call),
                   {shared.arguments[0], shared.arguments[1], shared.arguments[2], shared.arguments[3]}});
  const SeenCall& seen = calls.back();
  if ((seen.call == HostCall::kAbort || seen.call == HostCall::kExit) && refuses_to_end-- <= 0) {
    if (seen.call == HostCall::kAbort) throw EnclaveAborted{static_cast<AbortCause>(seen.arguments[0])};
    throw EnclaveExited{static_cast<int32_t>(seen.arguments[0])};
  }
  // A host that never lets time pass can keep an enclave waiting; here it gives in.
  if (calls.size() > 100) interrupt();
  const uint8_t what = script.byte();
  if (what & 1) std::memset(shared.payload, 0xa5, kExchangePayload);
  if (what & 2) std::memset(shared.reserved, static_cast<int>(script.byte()), sizeof shared.reserved);
  if (what & 4)
    for (uint8_t& byte : shared.reserved) byte = script.byte();
  if (what & 8) {
    shared.call = script.byte();
    for (uint64_t& argument : shared.arguments) argument = script.word();
  }
  int64_t result = script.number();
  if (!answers.empty()) {
    result = answers.front();
    answers.erase(answers.begin());
  }
  shared.result = result;
  // Any state but kCalled lets the kernel go on, and every one must be as good as kAnswered.
  const uint32_t state = what & 16 ? script.byte() : static_cast<uint32_t>(ExchangeState::kAnswered);
  shared.state = state == static_cast<uint32_t>(ExchangeState::kCalled) ? UINT32_MAX : state;
}

void LyingHost::interfere() {
  if (!interferes) return;
  Exchange& shared = exchange();
  const uint8_t what = script.byte();
  if (what & 1) std::memset(shared.payload, 0x5a, kExchangePayload);
  if (what & 2) shared.result = script.number();
  if (what & 4) shared.arguments[1] = script.word();
}

int64_t LyingHost::clock_value() {
  return script.number();
}

}  // namespace testing

using testing::current;

namespace processor {
void set_gs_base(const void* base) {
  syscall(SYS_arch_prctl, ARCH_SET_GS, base);
}
uint64_t timestamp() {
  return static_cast<uint64_t>(current->clock_value());
}
Cpuid cpuid(uint32_t, uint32_t) {
  return {~0u, ~0u, ~0u, ~0u};
}
bool random(uint64_t& value) {
  static uint64_t state = 1;
  value = state++ * 0x9e3779b97f4a7c15u;
  return true;
}
bool seed(uint64_t& value) {
  return random(value);
}
}  // namespace processor

namespace port::process {
bool install_handlers() {
  return true;
}
bool enable_traps(const Thread&) {
  return true;
}
bool install_filter() {
  return true;
}
void wait_for_guardian() {}
}  // namespace port::process

// The rest of the kernel, as far as the boundary asks for it.
void* allocate(size_t size) {
  // Between the two reads of a start block, for one.
  if (current != nullptr) current->interfere();
  return calloc(1, std::max<size_t>(size, 1));
}
void release(void* block, size_t) {
  free(block);
}
Result<void> start_memory_map() {
  return {};
}
Result<void> start_file_system() {
  return {};
}
Result<void> mount_boot_data(const uint8_t*, uint64_t) {
  return {};
}
Result<uint64_t> map_memory(uint64_t, uint64_t, uint32_t, RegionKind, bool, bool) {
  return reinterpret_cast<uint64_t>(current->arena().data()) + 4096;
}
bool is_accessible(uint64_t, uint64_t, uint32_t) {
  return true;
}
Thread* claim_thread() {
  return &current->thread();
}
Thread& thread_of_slot(uint32_t) {
  return current->thread();
}
void start_thread(Thread&) {
  run_program();
}
uint32_t running_threads() {
  return 1;
}
bool signal_pending() {
  return (current->thread().pending_signals & ~current->thread().signal_mask) != 0;
}

}  // namespace strongroom::kernel

using strongroom::kernel::testing::current;

extern "C" {

void strongroom_resume(strongroom::kernel::TrapFrame* frame) {
  throw strongroom::kernel::testing::ProgramStarted{frame->rsp};
}
size_t strongroom_user_copy(void* to, const void* from, size_t size) {
  // Half of it before the host interferes, half after.
  std::memcpy(to, from, size / 2);
  current->interfere();
  std::memcpy(static_cast<uint8_t*>(to) + size / 2, static_cast<const uint8_t*>(from) + size / 2,
              size - size / 2);
  return 0;
}
size_t strongroom_user_zero(void* to, size_t size) {
  std::memset(to, 0, size);
  return 0;
}
size_t strongroom_user_exchange(void* word, unsigned* expected, unsigned desired) {
  __atomic_compare_exchange_n(static_cast<unsigned*>(word), expected, desired, false, __ATOMIC_SEQ_CST,
                              __ATOMIC_SEQ_CST);
  return 0;
}

void strongroom_vm_call() {
  current->answer();
}
void strongroom_vm_flush() {}
void strongroom_vm_exit(std::atomic<uint32_t>*) {
  throw strongroom::kernel::testing::EnclaveExited{0};
}

void strongroom_sgx_call(void*) {
  current->answer();
}
void strongroom_sgx_exit(std::atomic<uint32_t>*, void*) {
  throw strongroom::kernel::testing::EnclaveExited{0};
}
// No page ever comes, and no exception: the table of pages is not what is tested here.
uint64_t strongroom_sgx_enclu(uint64_t, const void*, uint64_t, uint64_t) {
  return 0;
}
const char strongroom_sgx_enclu_instruction[1] = {};
extern const char strongroom_sgx_wait[], strongroom_sgx_exception_stage2[];
const char strongroom_sgx_wait[1] = {};
const char strongroom_sgx_exception_stage2[1] = {};

// What the port "process" asks of the machine. Its kernel is trusted, but nothing here depends on that.
long strongroom_process_syscall(long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  const auto first = va_arg(arguments, uint64_t);
  const auto second = va_arg(arguments, uint64_t);
  va_end(arguments);
  if (number == SYS_futex) {
    if (second == FUTEX_WAKE) current->answer();
    if (second != FUTEX_WAKE) current->calls.push_back({strongroom::kernel::HostCall::kPark, {}});
    if (current->calls.size() > 100) current->interrupt();
    return current->script.byte() & 1 ? 0 : -110;
  }
  if (number == SYS_clock_gettime) {
    auto* time = reinterpret_cast<strongroom::kernel::TimeSpec*>(second);
    const auto value = static_cast<uint64_t>(current->clock_value());
    *time = {static_cast<int64_t>(value >> 31), static_cast<int64_t>(value % 1'000'000'000)};
  }
  (void)first;
  return 0;
}
long strongroom_process_clone(unsigned long, uint64_t, strongroom::kernel::Thread*) {
  return -1;
}
void strongroom_process_exit(std::atomic<uint32_t>*) {
  throw strongroom::kernel::testing::EnclaveExited{0};
}
}
