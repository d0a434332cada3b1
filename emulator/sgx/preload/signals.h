// The program's signal handlers, and the processor's exceptions, which arrive as signals.
#pragma once

#include <ucontext.h>

#include <csignal>

#include "core/cpu.h"
#include "preload/thread.h"

namespace strongroom::sgx {

// Takes the signals that stand for exceptions, and the emulator's own.
void take_over_signals();

// What the program asked for; as sigaction(2), 0 or -errno.
int set_action(int signal, const struct sigaction* action, struct sigaction* old);

// Gives the program the signal: changes the context, so that its handler runs when this one has returned; or
// lets the default action happen. `record` as for sgxemu_handle_signal().
void deliver(int signal, siginfo_t& information, ucontext_t& context, const ThreadRecord* record);

// Whether the program has a handler of its own.
bool has_program_handler(int signal);

Registers get_registers(const ucontext_t& context);
void set_registers(ucontext_t& context, const Registers& registers);

// The addresses in the emulated vDSO.
struct Vdso {
  uint64_t base = 0;
  uint64_t enclu = 0;      // the instruction, which is the AEP as well
  uint64_t exception = 0;  // where exceptions at that instruction go on
};
const Vdso& vdso();
// Maps it, and puts it in place of the real one in the auxiliary vector `auxv`.
bool install_vdso(uint64_t* auxv);

// Exceptions at the vDSO's ENCLU are reported in struct sgx_enclave_run: sets the registers for that, and
// true; false for #DB and #BP, and at any other place.
bool report_exception(Registers& registers, const Fault& fault);

// CPUID at the context's RIP, with SGX in it.
void emulate_cpuid(ucontext_t& context);
bool enable_cpuid_faulting();
// In its place: has the program's own CPUIDs raise #UD; and whether one of them stands at `rip`.
void replace_cpuid_in_program();
bool is_replaced_cpuid(uint64_t rip);
// RDTSC or RDTSCP at RIP.
bool is_timestamp(uint64_t rip);
// Makes them fault on this thread, or no longer, where the processor is one with SGX1.
void allow_timestamp(bool allowed);
void read_processor_features();

}  // namespace strongroom::sgx
