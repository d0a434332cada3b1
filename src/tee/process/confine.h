// What a process gives up before it becomes an enclave. All functions run between fork and the jump into the
// enclave: they allocate nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace strongroom::tee::process {

// Where the way into the enclave can fail; reported to the parent as a number with an errno.
enum class Step : int32_t {
  kDone = 0,
  kLimits,
  kPrivileges,
  kOwnUser,
  kSecretMemory,
  kMapPrivate,
  kMapArena,
  kMapCode,
  kMapExchange,
  kLandlock,
  kDumpable,
  kRestartableSequences,
};

const char* describe(Step step);

// Resource limits, no new privileges, death with the parent `parent_pid`. `locked_bytes`: how much secret
// memory is going to be mapped.
bool limit_process(uint64_t locked_bytes, int parent_pid);
// The user id that become_own_user() takes: as root one that nobody else has.
uid_t own_user();
// A user of its own: as root a user id that nobody else has, otherwise a new user namespace.
bool become_own_user();
// Nothing of the file system and the network can be opened any more. True also where the machine has no
// Landlock; see landlock_version().
bool forbid_files();
// 0 where the machine has none.
int landlock_version();
// Takes back what the C library registered with the machine's kernel for this thread.
bool forget_c_library();
// Only the signals that the enclave kernel serves may arrive.
void block_signals();

}  // namespace strongroom::tee::process
