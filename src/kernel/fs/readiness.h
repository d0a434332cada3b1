// Waiting until one of several files is ready: what poll, select and epoll are made of.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/lock.h"
#include "kernel/result.h"

namespace strongroom::kernel {

class OpenFile;

// The POLL* bits (<poll.h>) that hold for the file now; those that nobody can wait for, such as regular
// files, are always ready. For a standard stream it asks the host.
uint32_t ready_events(OpenFile& file);
// Whether epoll takes the file.
bool can_wait_for(const OpenFile& file);
// The standard streams that `events` of the file wait for, as bits 1 << stream; for an epoll file those that
// it watches.
uint32_t streams_of(OpenFile& file, uint32_t events);

// Wakes everyone who polls. Call it after a change of state that took the lock which ready_events() takes,
// too: then a poller has either seen the change, or is seen here and woken.
void announce_readiness();

// One thread's wait.
class ReadinessWait {
 public:
  // `timeout_ns` < 0: no limit.
  explicit ReadinessWait(int64_t timeout_ns);
  ~ReadinessWait();
  ReadinessWait(const ReadinessWait&) = delete;
  ReadinessWait& operator=(const ReadinessWait&) = delete;

  // Before each look at the files.
  void prepare();
  // After a look that found nothing ready: sleeps until another look is due; false when time is up. EINTR
  // when a signal waits. `streams`: the standard streams that are waited for; `others`: whether there is
  // anything else.
  Result<bool> sleep(uint32_t streams, bool others);

 private:
  int64_t timeout_ns_;
  uint64_t deadline_ = 0;
  uint32_t ticket_ = 0;
};

}  // namespace strongroom::kernel
