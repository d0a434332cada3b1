#include "kernel/port/sgx.h"

#include "arch/ssa.h"
#include "kernel/boot.h"
#include "kernel/call_area.h"
#include "kernel/host_call.h"
#include "kernel/host_memory.h"
#include "kernel/port/sgx_enclu.h"
#include "kernel/port/sgx_exception.h"
#include "kernel/port/sgx_fixed_memory.h"
#include "kernel/port/sgx_layout.h"
#include "kernel/port/sgx_slot.h"
#include "kernel/processor.h"

extern "C" {
void strongroom_sgx_call(strongroom::kernel::port::sgx::Slot* slot);
extern const char strongroom_sgx_wait[];
[[noreturn]] void strongroom_sgx_exit(std::atomic<uint32_t>* slot_state,
                                      strongroom::kernel::port::sgx::Slot* slot);
extern const char strongroom_sgx_exception_stage2[];
}

namespace strongroom::kernel::port::sgx {

// The first slot is started by the host alone, once.
extern "C" {
constinit Slot strongroom_sgx_slots[arch::kMaximumThreads] = {
    {.state = kStart, .rsp = 0, .host_rsp = 0, .host_rbp = 0, .host_return = 0, .reserved = {}}};
}

namespace {

constexpr auto kRefusedArguments = static_cast<uint64_t>(arch::LeafStatus::kGeneralProtection);

template <size_t N>
bool all_zero(const uint8_t (&bytes)[N]) {
  for (const uint8_t byte : bytes)
    if (byte != 0) return false;
  return true;
}

uint64_t ereport(const arch::TargetInfo& target, const uint8_t (&data)[64], arch::Report& out) {
  return strongroom_sgx_enclu(static_cast<uint64_t>(arch::Enclu::kEreport), &target,
                              reinterpret_cast<uint64_t>(data), reinterpret_cast<uint64_t>(&out));
}

// What the two leaves raise #GP for. SGX1 does not tell of it, so there it must not happen.
bool is_well_formed(const arch::TargetInfo& target) {
  return target.reserved1 == 0 && all_zero(target.reserved2) && all_zero(target.reserved3);
}
bool is_well_formed(const arch::KeyRequest& request) {
  if (request.reserved1 != 0 || !all_zero(request.reserved2)) return false;
  if ((request.key_policy & ~arch::kPolicyKnown) != 0) return false;
  if ((request.key_policy & arch::kPolicyNeedsKss) == 0 && request.config_svn == 0) return true;
  alignas(arch::kTargetInfoAlignment) const arch::TargetInfo nobody{};
  alignas(arch::kReportDataAlignment) const uint8_t nothing[64]{};
  alignas(arch::kReportAlignment) arch::Report own;
  ereport(nobody, nothing, own);
  return (own.body.attributes.flags & arch::kAttributeKss) != 0;
}

// Taken over once, so that it does not change between one question and the next.
constinit CpuidTable cpuid_table{};

}  // namespace

void ask_for_notices(uint32_t slot) {
  const arch::ImageHeader& header = image_header();
  const uint64_t frame_size = header.ssa_frame_pages * arch::kPageSize;
  const uint64_t frame = enclave_base() + header.ssa.offset + slot * header.ssa_frames * frame_size;
  reinterpret_cast<arch::Gprsgx*>(frame + arch::gprsgx_offset(frame_size))->aex_notify = 1;
}

bool changes_memory() {
  return !fixed::chosen();
}

void enter_thread(Thread& thread) {
  thread.port_block = reinterpret_cast<uint64_t>(&strongroom_sgx_slots[thread.slot]);
  if (thread.id != 1) return;
  copy_from_host(&cpuid_table, thread.exchange->payload, sizeof cpuid_table);
  start_pages();
}

void transfer(Thread& thread) {
  strongroom_sgx_call(&strongroom_sgx_slots[thread.slot]);
}

uint64_t call_wait_function() {
  return reinterpret_cast<uint64_t>(strongroom_sgx_wait);
}

// An exit and an entry cost some ten thousand cycles, with what the host does in between.
SpinPolicy spin_policy() {
  if (!changes_memory()) return {.cycles = 0, .retry = 1};
  return {.cycles = 30'000, .retry = 1};
}

bool start(Thread& thread) {
  std::atomic<uint64_t>& state = strongroom_sgx_slots[thread.slot].state;
  state.store(kStart, std::memory_order_release);
  if (hosted::start(thread)) return true;
  uint64_t expected = kStart;
  if (!state.compare_exchange_strong(expected, kIdle))
    abort_enclave(AbortCause::kHostMisbehaved, "the host refused a thread and started it all the same");
  return false;
}

void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state) {
  put_call(*thread.exchange, HostCall::kThreadExit);
  strongroom_sgx_exit(&slot_state, &strongroom_sgx_slots[thread.slot]);
}

// Without RDTSC the host is asked: it says what time it is when it answers.
int64_t clock(bool realtime) {
  if (changes_memory()) return hosted::clock(realtime);
  hosted::yield(current_thread());
  HostClock clock;
  copy_from_host(&clock, current_thread().exchange->reserved, sizeof clock);
  return realtime ? clock.realtime_ns : clock.monotonic_ns;
}

uint64_t report(const arch::TargetInfo& target, const uint8_t (&data)[64], arch::Report& out) {
  if (!changes_memory() && !is_well_formed(target)) return kRefusedArguments;
  return ereport(target, data, out);
}

uint64_t key(const arch::KeyRequest& request, uint8_t (&out)[arch::kKeySize]) {
  if (!changes_memory() && !is_well_formed(request)) return kRefusedArguments;
  return strongroom_sgx_enclu(static_cast<uint64_t>(arch::Enclu::kEgetkey), &request,
                              reinterpret_cast<uint64_t>(out), 0);
}

processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  return hosted::find_cpuid(cpuid_table, leaf, subleaf);
}

}  // namespace strongroom::kernel::port::sgx

extern "C" {

[[noreturn]] void strongroom_sgx_main(uint64_t exchanges, uint32_t slot) {
  using namespace strongroom::kernel;
  if ((image_header().flags & strongroom::arch::kImageAexNotify) != 0) port::sgx::ask_for_notices(slot);
  if (slot == 0 && port::kind() == port::Kind::kNone) {
    port::set_kind(port::Kind::kSgx);
    find_call_area(exchanges);
    start_enclave(exchanges);
  }
  start_thread(thread_of_slot(slot));
}

// The first stage of an exception: SgxExit.
uint32_t strongroom_sgx_exception(strongroom::arch::Gprsgx* registers, strongroom::kernel::TrapFrame* frame,
                                  uint64_t vector) {
  using namespace strongroom;
  using namespace strongroom::kernel;
  const arch::ImageHeader& header = image_header();
  const uint64_t base = enclave_base();
  const port::sgx::Place place{.enclave_begin = base,
                               .enclave_end = enclave_end(),
                               .kernel_begin = base + header.kernel.offset,
                               .kernel_end = base + header.kernel.offset + header.kernel.size,
                               .memory_begin = base + header.program.offset,
                               .memory_end = enclave_end(),
                               .enclu = reinterpret_cast<uint64_t>(strongroom_sgx_enclu_instruction)};
  const auto& information = *(reinterpret_cast<const arch::Exinfo*>(registers) - 1);
  if (!port::sgx::pages_started() ||
      !port::sgx::take_exception(*registers, information, vector, place, *frame))
    return static_cast<uint32_t>(SgxExit::kRefused);
  // Taken, and not to be taken again by a host that comes back before it resumes.
  registers->exit_info = 0;
  registers->rip = reinterpret_cast<uint64_t>(strongroom_sgx_exception_stage2);
  registers->rsp = reinterpret_cast<uint64_t>(frame);
  registers->rflags = 2;
  return static_cast<uint32_t>(SgxExit::kResume);
}
}
