// What a process that holds an enclave gives up. The functions allocate nothing: they may run between fork
// and the jump into an enclave.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace strongroom::tee {

// Resource limits, no new privileges, no core dumps. `locked_bytes`: how much memory is going to be locked.
// False with errno.
bool limit_process(uint64_t locked_bytes);

// The user id that become_user() takes for an enclave held by the process `holder`: as root one that nobody
// else has.
uid_t user_of(pid_t holder);
// As root becomes that user, without groups and capabilities; otherwise enters a user namespace of its own.
// Death with the parent goes on. False with errno.
bool become_user(uid_t user);

// Nothing of the file system can be opened any more and, as far as the machine's Landlock can, no network or
// abstract socket reached and no other process signalled, unless `may_signal`. True also where the machine
// has no Landlock; see landlock_version().
bool forbid_outside(bool may_signal = false);
// The same, but for files below this directory, which stay as they are.
bool forbid_outside_but(int directory);
// 0 where the machine has none.
int landlock_version();

}  // namespace strongroom::tee
