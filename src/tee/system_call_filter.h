// What the processes that hold enclaves, and the vault, may still ask of the machine's kernel, once
// everything is set up: a seccomp allow-list. (The filter of an enclave's own process, which is far smaller,
// is part of the enclave kernel: kernel/port/process_filter.cc.)
#pragma once

#include "strongroom/result.h"

namespace strongroom::tee {

enum class HolderRole {
  kServer,           // `process`: serves exchanges
  kMonitor,          // `vm`: runs virtual processors
  kDebuggedMonitor,  // and lets debuggers connect
  kSgx,              // `sgx`: enters the enclave and changes its pages
  kVault,            // no holder: keeps secrets and files, and answers on sockets (host/vault)
};

// Compiles the filters. Call it once, before forking holders: they inherit the result.
void compile_filters();

// From here on anything outside the list ends the process, for all its threads.
Result<void> apply_filter(HolderRole role);

}  // namespace strongroom::tee
