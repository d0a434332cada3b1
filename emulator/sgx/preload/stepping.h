// Enclaves step by step, for tests and measurements. Where a host with SGX sets its timer so that an enclave
// is interrupted after each instruction, here the program is asked before each one. The program finds both
// objects by dlsym().
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>

namespace strongroom::sgx {

// The functions are called on the thread that executes, in a signal handler with all signals blocked. Null:
// no steps. One that is set takes effect at a thread's next entry, one that is cleared at its next step.
struct Stepping {
  // Before each instruction of an enclave. True: an interrupt arrives first. The enclave is left
  // asynchronously, the program's handler of kStepSignal runs where it has one, and the enclave is resumed
  // when that returns; then it is asked again of the same instruction.
  std::atomic<bool (*)(uint64_t rip)> inside;
  // Before each instruction of the host, on threads that have been inside since this was set, and on those
  // that have set RFLAGS.TF themselves. Such a thread must not block SIGTRAP.
  std::atomic<void (*)(uint64_t rip)> outside;
  // What RDTSC answers where it is a step, for a step takes some ten thousand cycles. Null: the processor's
  // word.
  std::atomic<uint64_t (*)()> timestamp;
};
inline constexpr int kStepSignal = SIGALRM;  // that of a timer

// Of the whole process, since its start.
struct Transitions {
  std::atomic<uint64_t> entries, exits, resumptions, asynchronous_exits;
};

}  // namespace strongroom::sgx

extern "C" {
extern strongroom::sgx::Stepping strongroom_sgx_stepping;
extern strongroom::sgx::Transitions strongroom_sgx_transitions;
}
