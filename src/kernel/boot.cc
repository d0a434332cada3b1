#include "kernel/boot.h"

#include "kernel/host_call.h"
#include "kernel/host_memory.h"
#include "kernel/processor.h"
#include "kernel/thread.h"

extern "C" const char strongroom_kernel_start[];  // kernel.ld: linked at arch::kKernelOffset

namespace strongroom::kernel {
namespace {
constinit uint64_t exchanges_address = 0;
constinit bool tracing = false;
constinit uint32_t processors = 1;
}  // namespace

uint64_t enclave_base() {
  return reinterpret_cast<uint64_t>(strongroom_kernel_start) - arch::kKernelOffset;
}

const arch::ImageHeader& image_header() {
  return *reinterpret_cast<const arch::ImageHeader*>(enclave_base());
}

bool trace_requested() {
  return tracing;
}
uint32_t processor_count() {
  return processors;
}

Exchange* exchange_of_slot(uint32_t slot) {
  return reinterpret_cast<Exchange*>(exchanges_address) + slot;
}

void start_enclave(uint64_t exchanges) {
  const arch::ImageHeader& header = image_header();
  const uint64_t size = header.thread_count * kExchangeSize;
  const uint64_t end = exchanges + size;
  // An exchange inside the enclave would let the host point the kernel at its own memory. There is nobody to
  // tell.
  if (exchanges % arch::kPageSize != 0 || end < exchanges ||
      (exchanges < enclave_end() && end > enclave_base()))
    __builtin_trap();
  exchanges_address = exchanges;
  Thread* thread = claim_thread();
  if (thread == nullptr) __builtin_trap();
  processor::set_gs_base(thread);
  start_thread(*thread);
}

void take_start_block(const Exchange& exchange) {
  StartBlock block;
  copy_from_host(&block, exchange.payload, sizeof block);
  tracing = (block.flags & kStartTrace) != 0;
  processors = block.processors == 0 || block.processors > arch::kMaximumThreads ? 1 : block.processors;
}

}  // namespace strongroom::kernel
