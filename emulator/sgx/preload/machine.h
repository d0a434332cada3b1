// The processor's work on the context of a signal.
#pragma once

#include <immintrin.h>
#include <ucontext.h>

#include "core/enclu.h"
#include "preload/abort_page.h"
#include "preload/driver.h"
#include "preload/signals.h"

namespace strongroom::sgx {

std::span<uint8_t> extended_state(ucontext_t& context);

// Copies the context to the processor, runs `work`, and copies back.
template <typename Work>
void with_processor(ThreadRecord& record, ucontext_t& context, Work work) {
  ProcessMemory memory;
  Execution execution{processor(), record.cpu, memory};
  record.cpu.registers = get_registers(context);
  record.cpu.extended = extended_state(context);
  record.cpu.xcr0 = processor().xfrm;
  if (record.in_enclave != 0) {
    record.cpu.fs_base = record.enclave_fs;
    record.cpu.gs_base = record.enclave_gs;
  } else {
    record.host_fs = record.cpu.fs_base = _readfsbase_u64();
    record.host_gs = record.cpu.gs_base = _readgsbase_u64();
  }
  const EpcPage* const was_inside = record.cpu.mode.secs;
  work(execution);
  note_transition(was_inside, record.cpu.mode.secs);
  set_registers(context, record.cpu.registers);
  record.in_enclave = record.cpu.mode.active() ? 1 : 0;
  if (record.in_enclave != 0) {
    record.enclave_fs = record.cpu.fs_base;
    record.enclave_gs = record.cpu.gs_base;
  }
}

// Executes the ENCLU at RIP; counts transitions. A fault inside has left the enclave asynchronously.
std::optional<Fault> execute_enclu(Execution& execution);
void leave_asynchronously(Execution& execution, const std::optional<Fault>& fault);

// A page fault of the enclave, by the processor's error code: nothing where the access can be repeated. Needs
// the lock.
std::optional<Fault> resolve_page_fault(ThreadRecord& record, uint64_t address, uint64_t hardware_code);

}  // namespace strongroom::sgx
