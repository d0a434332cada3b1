#include "kernel/futex.h"

#include <atomic>

#include "kernel/boot.h"
#include "kernel/clock.h"
#include "kernel/lock.h"
#include "kernel/port/port.h"
#include "kernel/signal.h"
#include "kernel/spin_lock.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

enum WaiterState : uint32_t { kWaiting, kWoken, kInterrupted };

// Lives on the stack of the waiting thread; linked into a bucket, under its lock, while state is kWaiting.
struct Waiter {
  Thread* thread;
  std::atomic<uint64_t> address;  // changes when requeued
  uint32_t bitset;
  std::atomic<uint32_t> state{kWaiting};
  Waiter* next = nullptr;
};

// Waiters of one bucket in the order of arrival.
struct Bucket {
  SpinLock lock;
  Waiter* first = nullptr;
};

constexpr uint64_t kBuckets = 256;
constinit Bucket buckets[kBuckets];

Bucket& bucket_of(uint64_t address) {
  return buckets[(address >> 2) * 0x9e3779b97f4a7c15u >> 56];
}

void append(Bucket& bucket, Waiter& waiter) {
  Waiter** link = &bucket.first;
  while (*link != nullptr) link = &(*link)->next;
  waiter.next = nullptr;
  *link = &waiter;
}

// A waiter's memory is gone as soon as it sees its new state, so the thread is read before.
void release(Waiter& waiter, WaiterState state) {
  Thread& thread = *waiter.thread;
  waiter.state.store(state, std::memory_order_release);
  port::unpark(thread);
}

// Wakes waiters of `address`, which need not be the program's memory. Unparks after the lock is dropped.
uint32_t wake_waiters(uint64_t address, uint32_t count, uint32_t bitset) {
  constexpr uint32_t kBatch = 16;
  uint32_t total = 0;
  while (total < count) {
    Waiter* batch[kBatch];
    uint32_t found = 0;
    Bucket& bucket = bucket_of(address);
    {
      SpinGuard guard(bucket.lock);
      for (Waiter** link = &bucket.first; *link != nullptr && found < kBatch && total + found < count;) {
        Waiter& waiter = **link;
        if (waiter.address.load(std::memory_order_relaxed) != address || (waiter.bitset & bitset) == 0) {
          link = &waiter.next;
          continue;
        }
        *link = waiter.next;
        batch[found++] = &waiter;
      }
    }
    for (uint32_t i = 0; i < found; ++i) release(*batch[i], kWoken);
    total += found;
    if (found < kBatch) break;
  }
  return total;
}

// Takes a waiter out of whatever bucket it is in now. False when somebody woke it meanwhile.
bool withdraw(Waiter& waiter) {
  while (waiter.state.load(std::memory_order_acquire) == kWaiting) {
    const uint64_t address = waiter.address.load(std::memory_order_relaxed);
    Bucket& bucket = bucket_of(address);
    SpinGuard guard(bucket.lock);
    for (Waiter** link = &bucket.first; *link != nullptr; link = &(*link)->next) {
      if (*link != &waiter) continue;
      *link = waiter.next;
      return true;
    }
    if (waiter.address.load(std::memory_order_relaxed) == address) {
      // Unlinked by a waker that has not set the state yet: it soon will.
      processor::pause();
    }
  }
  return false;
}

// Where the waker runs on another processor, it answers sooner than the host could park this thread. Where it
// does not, spinning keeps it from running, so a thread that has spun in vain some times gives it up, and
// tries again now and then. True when the waiter was woken.
bool spin(Waiter& waiter) {
  constexpr uint32_t kMostCredit = 8;
  const port::SpinPolicy policy = port::spin_policy();
  if (policy.cycles == 0) return false;
  Thread& thread = *waiter.thread;
  const uint32_t running = running_threads();
  if (running < 2 || running > processor_count()) return false;
  if (thread.spin_credit == 0 && ++thread.waits % policy.retry != 0) return false;
  const uint64_t start = processor::timestamp();
  while (processor::timestamp() - start < policy.cycles) {
    if (waiter.state.load(std::memory_order_acquire) != kWaiting) {
      if (thread.spin_credit < kMostCredit) ++thread.spin_credit;
      return true;
    }
    processor::pause();
  }
  if (thread.spin_credit > 0) --thread.spin_credit;
  return false;
}

// Sleeps until the waiter's state changes or the time is over.
bool sleep(Waiter& waiter, int64_t timeout_ns) {
  if (spin(waiter)) return true;
  // No clock ever reaches the largest deadline.
  const auto now = static_cast<int64_t>(monotonic_ns());
  const int64_t deadline = timeout_ns < 0 ? -1 : timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
  while (waiter.state.load(std::memory_order_acquire) == kWaiting) {
    int64_t left = -1;
    if (deadline >= 0) {
      left = deadline - static_cast<int64_t>(monotonic_ns());
      if (left <= 0) return false;
    }
    port::park(*waiter.thread, left);
  }
  return true;
}

enum class Outcome { kWoken, kTimedOut, kInterrupted };

// The waiter is in its bucket; when this returns it is in none, and nobody looks at it any more.
Outcome wait_for_wake(Waiter& waiter, int64_t timeout_ns) {
  Thread& thread = *waiter.thread;
  {
    SpinGuard guard(thread.waiting_lock);
    thread.waiting = &waiter;
  }
  const bool interrupted = signal_pending();
  const bool withdrawn = (interrupted || !sleep(waiter, timeout_ns)) && withdraw(waiter);
  {
    SpinGuard guard(thread.waiting_lock);
    thread.waiting = nullptr;
  }
  if (withdrawn) return interrupted ? Outcome::kInterrupted : Outcome::kTimedOut;
  return waiter.state.load(std::memory_order_acquire) == kInterrupted ? Outcome::kInterrupted
                                                                      : Outcome::kWoken;
}

}  // namespace

Result<void> futex_wait(uint64_t address, uint32_t expected, uint32_t bitset, int64_t timeout_ns) {
  if (address % sizeof(uint32_t) != 0) return Errno::kInvalid;
  Thread& thread = current_thread();
  Waiter waiter{.thread = &thread, .address = address, .bitset = bitset};
  // Touch the word first: under the lock a page fault would be a long wait.
  uint32_t value = KTRY(UserIn<uint32_t>(address).read());
  if (value != expected) return Errno::kAgain;
  Bucket& bucket = bucket_of(address);
  {
    SpinGuard guard(bucket.lock);
    value = KTRY(read_user_word_again(address));
    if (value != expected) return Errno::kAgain;
    append(bucket, waiter);
  }
  switch (wait_for_wake(waiter, timeout_ns)) {
    case Outcome::kWoken:
      return {};
    case Outcome::kInterrupted:
      return timeout_ns < 0 ? interrupted_call() : Errno::kInterrupted;
    case Outcome::kTimedOut:
      break;
  }
  return Errno::kTimedOut;
}

uint32_t futex_wake(uint64_t address, uint32_t count, uint32_t bitset) {
  return wake_waiters(address, count, bitset);
}

Result<uint32_t> futex_requeue(uint64_t address, uint32_t wake_count, uint64_t target, uint32_t move_count,
                               bool check, uint32_t expected) {
  if (address % sizeof(uint32_t) != 0 || target % sizeof(uint32_t) != 0) return Errno::kInvalid;
  if (check && KTRY(UserIn<uint32_t>(address).read()) != expected) return Errno::kAgain;
  const uint32_t woken = wake_waiters(address, wake_count, UINT32_MAX);
  Bucket& from = bucket_of(address);
  Bucket& to = bucket_of(target);
  Bucket* first = &from < &to ? &from : &to;
  Bucket* second = &from < &to ? &to : &from;
  first->lock.lock();
  if (second != first) second->lock.lock();
  uint32_t moved = 0;
  for (Waiter** link = &from.first; *link != nullptr && moved < move_count;) {
    Waiter& waiter = **link;
    if (waiter.address.load(std::memory_order_relaxed) != address) {
      link = &waiter.next;
      continue;
    }
    *link = waiter.next;
    waiter.address.store(target, std::memory_order_relaxed);
    append(to, waiter);
    ++moved;
    if (&from == &to && address == target) break;
  }
  if (second != first) second->lock.unlock();
  first->lock.unlock();
  return woken + moved;
}

void futex_interrupt(Thread& thread) {
  SpinGuard guard(thread.waiting_lock);
  auto* waiter = static_cast<Waiter*>(thread.waiting);
  if (waiter != nullptr && withdraw(*waiter)) release(*waiter, kInterrupted);
}

// struct robust_list_head: the list's first entry, the offset from an entry to its futex word, and the entry
// being locked.
void futex_release_robust_list(Thread& thread) {
  struct RobustList {
    uint64_t first;
    int64_t futex_offset;
    uint64_t pending;
  };
  constexpr uint32_t kOwnerDied = 0x40000000;
  constexpr uint32_t kOwnerMask = 0x3fffffff;
  constexpr uint32_t kWaiters = 0x80000000;
  constexpr int kLongest = 2048;
  if (thread.robust_list == 0) return;
  auto head = UserIn<RobustList>(thread.robust_list).read();
  if (!head.ok()) return;
  const auto release_entry = [&](uint64_t entry) {
    const uint64_t word_address = (entry & ~uint64_t{1}) + static_cast<uint64_t>(head.value().futex_offset);
    auto word = UserIn<uint32_t>(word_address).read();
    if (!word.ok()) return;
    uint32_t expected = word.value();
    while ((expected & kOwnerMask) == static_cast<uint32_t>(thread.id)) {
      auto swapped = compare_exchange_user(word_address, expected, (expected & kWaiters) | kOwnerDied);
      if (!swapped.ok()) return;
      if (!swapped.value()) continue;
      if ((expected & kWaiters) != 0) futex_wake(word_address, 1, UINT32_MAX);
      return;
    }
  };
  uint64_t entry = head.value().first;
  for (int i = 0; i < kLongest && (entry & ~uint64_t{1}) != thread.robust_list; ++i) {
    auto next = UserIn<uint64_t>(entry & ~uint64_t{1}).read();
    if (!next.ok()) return;
    if (entry != head.value().pending) release_entry(entry);
    entry = next.value();
  }
  if (head.value().pending != 0) release_entry(head.value().pending);
}

bool wait_on(std::atomic<uint32_t>& word, uint32_t expected, int64_t timeout_ns) {
  const auto address = reinterpret_cast<uint64_t>(&word);
  Waiter waiter{.thread = &current_thread(), .address = address, .bitset = UINT32_MAX};
  Bucket& bucket = bucket_of(address);
  {
    SpinGuard guard(bucket.lock);
    if (word.load(std::memory_order_acquire) != expected) return true;
    append(bucket, waiter);
  }
  return wait_for_wake(waiter, timeout_ns) != Outcome::kTimedOut;
}

void wake(std::atomic<uint32_t>& word, uint32_t count) {
  wake_waiters(reinterpret_cast<uint64_t>(&word), count, UINT32_MAX);
}

}  // namespace strongroom::kernel
