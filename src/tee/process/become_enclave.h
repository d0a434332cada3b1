// Turns a freshly forked process into an enclave.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "tee/prepared_image.h"

namespace strongroom::tee::process {

// Where the way into the enclave can fail; reported to the parent with an errno.
enum class Step : int32_t {
  kDone = 0,
  kLimits,
  kOwnUser,
  kSecretMemory,
  kMapPrivate,
  kMapArena,
  kMapCode,
  kMapExchange,
  kLandlock,
  kDumpable,
  kRestartableSequences,
  kGuardian,
  kDebugger,
};
const char* describe(Step step);

struct EnclavePlan {
  const PreparedImage* image;
  uint64_t base;
  uint64_t exchanges;  // address in the enclave's process
  int exchange_file;   // memfd of all exchanges
  int failure_pipe;    // takes a Failure; closed without one when the enclave runs
  int call_area_file;  // shared with the application, mapped behind the exchanges; -1: none
  uint64_t call_area_size;
  pid_t parent;
  uid_t user;  // of its own, shared with the parent
  bool debug;  // ordinary memory, code that a debugger can put breakpoints into
  bool wait_for_debugger;
  uint64_t entry;           // address of strongroom_entry_process
  uint64_t guardian_entry;  // and of strongroom_entry_process_guardian
  int keeper;               // Streams::keeper
  uint64_t launch_secret;   // address of strongroom_launch_secret
};

struct Failure {
  Step step;
  int32_t error_number;
};

// In the child, after fork. Does not return: it runs the enclave, or reports why not and exits.
[[noreturn]] void become_enclave(const EnclavePlan& plan);

// Whether this machine has memfd_secret.
bool has_secret_memory();

}  // namespace strongroom::tee::process
