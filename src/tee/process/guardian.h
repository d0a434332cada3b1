// The guardian of an enclave: a process that shares the enclave's memory, and traces it so that nobody else
// can. The enclave in turn traces the guardian. Once both are in place the guardian runs nothing but the
// measured enclave kernel (kernel/port/process_guardian.cc); each dies with the other.
//
// All this is for the child that is becoming an enclave; it allocates nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace strongroom::tee::process {

struct GuardianPlan {
  pid_t parent;    // of the enclave's process, and the guardian's as well
  uid_t user;      // which the guardian becomes
  uint64_t entry;  // address of strongroom_entry_process_guardian
};

// Creates the guardian; when it returns, each of the two traces the other. The caller has blocked its
// signals: it is not resumed from a stop before release_guardian(). False with errno.
bool create_guardian(const GuardianPlan& plan);

// Lets the guardian go on into the enclave's kernel. The caller enters it next, and waits there for the
// guardian before it takes away the memory that both run in now.
void release_guardian();

}  // namespace strongroom::tee::process
