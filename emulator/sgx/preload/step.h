// The emulator's side of stepping.h, around the handling of each signal.
#pragma once

#include "preload/machine.h"
#include "preload/stepping.h"

namespace strongroom::sgx {

// Whether entries have to go through a signal, because what follows is done in steps.
bool steps_inside();

// Takes the trap flag, which the enclave must not see, out of the context. True: the signal was nothing but
// the end of a step.
bool end_step(int signal, ucontext_t& context, bool inside);

// The thread is to go on in its enclave: asks the program, and lets one instruction pass, or leaves the
// enclave. `signal_stack` as for deliver().
void step_inside(ThreadRecord& record, siginfo_t& information, ucontext_t& context,
                 const ThreadRecord* signal_stack);
// The thread is to go on in the host, after a step or an exit.
void step_outside(ucontext_t& context);

}  // namespace strongroom::sgx
