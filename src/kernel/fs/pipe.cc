#include "kernel/fs/pipe.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "kernel/allocate.h"
#include "kernel/signal.h"

namespace strongroom::kernel {

Pipe::~Pipe() {
  if (ring_ != nullptr) release(ring_, kCapacity);
}

void Pipe::open_end(bool reads, bool writes) {
  MutexLock guard(lock);
  readers_ += reads;
  writers_ += writes;
}

void Pipe::close_end(bool reads, bool writes) {
  {
    MutexLock guard(lock);
    readers_ -= reads;
    writers_ -= writes;
  }
  wake(true, true);
}

void Pipe::wake(bool input, bool output) {
  changed_.wake_all();
  notify(input, output);
}

Result<void> Pipe::sleep(uint32_t ticket) {
  if (!signal_pending()) changed_.wait(ticket);
  if (signal_pending()) return interrupted_call();
  return {};
}

Result<size_t> Pipe::read(Transfer& to, bool may_wait) {
  if (to.remaining() == 0) return size_t{0};
  for (;;) {
    const uint32_t ticket = changed_.ticket();
    Result<size_t> done = read_now(to);
    if (done.ok()) {
      if (done.value() > 0) wake(false, true);
      return done;
    }
    if (done.error() != Errno::kAgain || !may_wait) return done;
    KTRY(sleep(ticket));
  }
}

Result<size_t> Pipe::read_now(Transfer& to) {
  MutexLock guard(lock);
  if (filled_ == 0) {
    if (writers_ == 0) return size_t{0};
    return Errno::kAgain;
  }
  size_t done = 0;
  while (to.remaining() > 0 && filled_ > 0) {
    const size_t step = std::min({to.remaining(), filled_, kCapacity - start_});
    if (const Result<void> moved = to.give(ring_ + start_, step); !moved.ok()) {
      if (done == 0) return moved.error();
      break;
    }
    start_ = (start_ + step) % kCapacity;
    filled_ -= step;
    done += step;
  }
  return done;
}

Result<size_t> Pipe::write(Transfer& from, bool may_wait) {
  size_t done = 0;
  const size_t least = from.remaining() <= kAtomicWrite ? from.remaining() : 1;
  while (from.remaining() > 0) {
    const uint32_t ticket = changed_.ticket();
    Result<size_t> step = write_now(from, least);
    if (step.ok()) {
      done += step.value();
      wake(true, false);
      continue;
    }
    Errno error = step.error();
    if (error == Errno::kBrokenPipe) raise_signal(SIGPIPE);
    if (error == Errno::kAgain && may_wait) {
      const Result<void> slept = sleep(ticket);
      if (slept.ok()) continue;
      error = slept.error();
    }
    if (done == 0) return error;
    break;
  }
  return done;
}

// Moves what fits, if that is at least `least`.
Result<size_t> Pipe::write_now(Transfer& from, size_t least) {
  MutexLock guard(lock);
  if (readers_ == 0) return Errno::kBrokenPipe;
  if (ring_ == nullptr) ring_ = static_cast<uint8_t*>(allocate(kCapacity));
  if (ring_ == nullptr) return Errno::kNoMemory;
  if (kCapacity - filled_ < least) return Errno::kAgain;
  size_t done = 0;
  while (from.remaining() > 0 && filled_ < kCapacity) {
    const size_t end = (start_ + filled_) % kCapacity;
    const size_t step = std::min({from.remaining(), kCapacity - filled_, kCapacity - end});
    if (const Result<void> moved = from.take(ring_ + end, step); !moved.ok()) {
      if (done == 0) return moved.error();
      break;
    }
    filled_ += step;
    done += step;
  }
  stamp_modified();
  return done;
}

uint32_t Pipe::ready_events(bool reads, bool writes) {
  MutexLock guard(lock);
  uint32_t events = 0;
  if (reads && filled_ > 0) events |= POLLIN | POLLRDNORM;
  if (reads && writers_ == 0) events |= POLLHUP;
  if (writes && kCapacity - filled_ >= kAtomicWrite) events |= POLLOUT | POLLWRNORM;
  if (writes && readers_ == 0) events |= POLLERR;
  return events;
}

size_t Pipe::available() {
  MutexLock guard(lock);
  return filled_;
}

}  // namespace strongroom::kernel
