// What trampoline.S offers and needs.
#pragma once

#include <csignal>
#include <cstdint>

#include "core/cpu.h"
#include "preload/thread.h"

extern "C" {

// The handler of every signal that the emulator or the program handles; calls sgxemu_handle_signal().
void sgxemu_signal_entry(int signal, siginfo_t* information, void* context);
// Does what the signal means. `record`: of the thread whose signal stack this is, else null. Returns the
// record of the thread when the context is now inside an enclave, else null.
strongroom::sgx::ThreadRecord* sgxemu_handle_signal(int signal, siginfo_t* information, void* context,
                                                    strongroom::sgx::ThreadRecord* record);

// EENTER without a trap: the emulated vDSO jumps here with the registers as ENCLU takes them.
void sgxemu_eenter();
// Enters, or sets the registers to those of the exception. Returns the record of the thread if it has
// entered.
strongroom::sgx::ThreadRecord* sgxemu_enter_directly(strongroom::sgx::Registers* registers);

// The only instructions that may execute SYSCALL while Syscall User Dispatch blocks it.
extern char sgxemu_sigreturn[];
extern char sgxemu_sigreturn_end[];

extern uint8_t* sgxemu_slots;
}
