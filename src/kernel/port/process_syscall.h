// Linux system calls that the port "process" makes itself; the seccomp filter (process_filter.cc) allows
// these and no others.
#pragma once

#include <signal.h>

#include <cstdint>

#include "kernel/thread.h"

extern "C" {
long strongroom_process_syscall(long number, ...);
long strongroom_process_clone(unsigned long flags, uint64_t stack_top, strongroom::kernel::Thread* thread);
[[noreturn]] void strongroom_process_exit(std::atomic<uint32_t>* slot_state);
extern const char strongroom_process_restorer[];
// Goes on in strongroom_process_handle_signal().
void strongroom_process_signal(int signal, siginfo_t* info, void* context);
void strongroom_process_handle_signal(int signal, siginfo_t* info, void* context);
// kernel.ld: the kernel's code.
extern const char strongroom_text_start[];
extern const char strongroom_text_end[];
}

namespace strongroom::kernel::port::process {

inline constexpr unsigned long kCloneFlags =
    0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;  // CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM

// From here on the kernel of the machine serves this process only what the port needs, and only from the
// enclave kernel's own code. False on failure.
bool install_filter();
// The same for the guardian: it waits, and lets the enclave's threads go on.
bool install_guardian_filter();

}  // namespace strongroom::kernel::port::process
